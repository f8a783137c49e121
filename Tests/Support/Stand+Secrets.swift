private import Glibc
private import Synchronization

/// What a stand knows that may not stand anywhere: the secrets it has made, and the words of its prompts and answers.
package final class Confidences: Sendable {
    private struct State {
        var secrets: Set<String> = []
        var words: Set<String> = []

        mutating func add(secret: String) { if self.secrets.count < Self.most { self.secrets.insert(secret) } }
        mutating func add(words: String) { if self.words.count < Self.most { self.words.insert(words) } }

        /// More would cost more than they find.
        private static let most = 500
    }

    private let state = Mutex(State())

    package init() {}

    /// The middle of a secret is as secret as the whole; what it begins with says only of what kind it is.
    package func add(secret: String) {
        let middle = String(secret.dropFirst(8).prefix(20))
        if middle.utf8.count >= 12 { self.state.withLock { $0.add(secret: middle) } }
    }

    /// Remembers words that could come from nowhere else; what is short, or is written otherwise in JSON, is none of them.
    package func add(words: String) {
        guard (12...4_096).contains(words.utf8.count), !words.utf8.contains(where: { $0 < 32 || $0 == 34 || $0 == 92 })
        else { return }
        self.state.withLock { $0.add(words: words) }
    }

    /// What a request asks, in the words in which a model server reads it.
    func add(promptOf request: JSONValue) {
        for message in request["messages"].array ?? [] {
            let content = message["content"]
            let texts = [content.string] + (content.array ?? []).map { $0["text"].string }
            for text in texts { if let text { self.add(words: text) } }
        }
        for name in ["prompt", "input"] { if let text = request[name].string { self.add(words: text) } }
    }

    /// Which of them stand in some bytes, as far as they may be told here.
    package func found(in bytes: [UInt8], keepsWords: Bool = false) -> [String] {
        let state = self.state.withLock { $0 }
        let secrets = state.secrets.filter { Self.holds(bytes, $0) }.map { "a secret (\($0.prefix(4))…)" }
        if keepsWords { return secrets }
        // Every scripted answer says when it was made.
        let words = state.words.union(["\"created\":\(UpstreamCall.created)"])
        return secrets + words.filter { Self.holds(bytes, $0) }.map { "words of a call («\($0.prefix(40))»)" }
    }

    private static func holds(_ bytes: [UInt8], _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { text in
            bytes.withUnsafeBytes { bytes in
                guard var place = bytes.baseAddress, let word = text.baseAddress, let first = text.first else {
                    return false
                }
                let end = place + bytes.count
                // memmem is no part of POSIX; the first byte is rare enough.
                while end - place >= text.count, let hit = memchr(place, Int32(first), end - place) {
                    let found = UnsafeRawPointer(hit)
                    if end - found >= text.count, memcmp(found, word, text.count) == 0 { return true }
                    place = found + 1
                }
                return false
            }
        }
    }
}

extension Stand {
    /// Looks for secrets and for words of calls in everything that relay and connector have written down: logs, databases and
    /// what else is in their directories.
    /// - Parameter metrics: what the relay's metrics said last.
    /// - Returns: what was found where; the same is not said twice.
    package func leaks(metrics: String = "") throws -> [String] {
        var places = [("the metrics", Array(metrics.utf8))]
        places += try self.relay.directory.contents().map { ("the relay's \($0.path)", $0.bytes) }
        places += try self.connector.directory.contents().map { ("the connector's \($0.path)", $0.bytes) }
        return places.flatMap { name, bytes in
            // Responses that are stored are what is asked for there.
            let keepsWords = name.contains("responses.sqlite")
            return self.confidences.found(in: bytes, keepsWords: keepsWords).map { "\(name) holds \($0)" }
        }
    }
}
