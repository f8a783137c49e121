/// A stream of server-sent events, read as strictly as the strictest SDK does.
package struct EventStream: Sendable {
    /// The data of each event, in order.
    package private(set) var events: [String] = []
    /// Comments, without their colon.
    package private(set) var comments: [String] = []

    /// Reads a whole stream; throws for whatever breaks some SDK: `id`, `retry` or `event` lines, data over several lines,
    /// an unfinished event.
    package init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n\n") else {
            throw BadAnswer("the stream does not end with an empty line: «\(text.suffix(80))»")
        }
        for block in text.split(separator: "\n\n") {
            for line in block.split(separator: "\n") {
                if line.hasPrefix(":") {
                    self.comments.append(String(line.dropFirst()))
                } else if line.hasPrefix("data: ") {
                    self.events.append(String(line.dropFirst(6)))
                } else {
                    throw BadAnswer("«\(line)» must not stand in the stream")
                }
            }
        }
    }

    /// The words of a chat stream, joined.
    package var content: String {
        self.events.compactMap { event in
            (try? JSONValue(event))?["choices"][0]["delta"]["content"].string
        }.joined()
    }

    /// Whether the stream ended as a complete answer does.
    package var isDone: Bool { self.events.last == "[DONE]" }

    /// The error that the stream carries, if it does.
    package var failure: JSONValue? {
        self.events.lazy.compactMap { try? JSONValue($0) }.map { $0["error"] }.first { $0 != .null }
    }
}
