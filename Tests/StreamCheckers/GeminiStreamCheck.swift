package import Dialects
package import NIOCore

/// Reads a stream as Google's strictest client would, and gathers what it says.
///
/// What must hold: nothing but `data:` lines and blank ones; each chunk has candidates and each candidate a part of the model's;
/// calls are whole; the last chunk alone ends every candidate and tells the usage; nothing follows it or an error.
package struct GeminiStreamCheck: Equatable {
    package struct Call: Equatable {
        package var id: String
        package var name: String
        package var args: JSONValue

        package init(id: String, name: String, args: JSONValue) {
            self.id = id
            self.name = name
            self.args = args
        }
    }

    package struct Candidate: Equatable {
        package var thought = ""
        package var text = ""
        package var calls: [Call] = []
        package var finish: String?
        package var logprobs = 0

        package init(finish: String? = nil) {
            self.finish = finish
        }
    }

    package struct Fault: Error {
        package var reason: String
    }

    package private(set) var candidates: [Int: Candidate] = [:]
    package private(set) var usage: JSONValue?
    package private(set) var error: JSONValue?
    package private(set) var chunks = 0
    /// The model and the answer's id, the same in every chunk.
    package private(set) var identity: [String?]?

    package init(_ bytes: ByteBuffer, _ framing: GeminiStream.Framing = .events) throws {
        let chunks = try framing == .events ? Self.events(bytes) : Self.array(bytes)
        self.chunks = chunks.count
        for (index, chunk) in chunks.enumerated() { try self.read(chunk, isLast: index + 1 == chunks.count) }
        guard !chunks.isEmpty else { throw Fault(reason: "a stream without a chunk") }
    }

    /// For who does not know what a framing is.
    package init(_ bytes: ByteBuffer, isArray: Bool) throws {
        try self.init(bytes, isArray ? .array : .events)
    }

    private static func events(_ bytes: ByteBuffer) throws -> [JSONValue] {
        let text = String(buffer: bytes)
        guard
            text.unicodeScalars.allSatisfy({
                !"\r\u{0B}\u{0C}\u{1C}\u{1D}\u{1E}\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0)
            })
        else { throw Fault(reason: "a character that clients take for a line's end") }
        var chunks: [JSONValue] = []
        var isOpen = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                isOpen = false
                continue
            }
            guard line.hasPrefix("data: {"), !isOpen else { throw Fault(reason: "no event: \(line)") }
            chunks.append(try JSONValue(reading: String(line.dropFirst(6))))
            isOpen = true
        }
        guard text.hasSuffix("\n\n") else { throw Fault(reason: "the last event is not ended") }
        return chunks
    }

    private static func array(_ bytes: ByteBuffer) throws -> [JSONValue] {
        guard let chunks = try JSONValue(reading: bytes).array else { throw Fault(reason: "no array") }
        return chunks
    }

    private mutating func read(_ chunk: JSONValue, isLast: Bool) throws {
        if let error = chunk["error"] {
            guard isLast, error["code"]?.int != nil, error["message"]?.string != nil, error["status"]?.string != nil
            else {
                throw Fault(reason: "an error that is none: \(chunk.text)")
            }
            self.error = error
            return
        }
        guard let candidates = chunk["candidates"]?.array, !candidates.isEmpty else {
            throw Fault(reason: "a chunk without candidates: \(chunk.text)")
        }
        let identity = [chunk["modelVersion"]?.string, chunk["responseId"]?.string]
        guard !identity.contains(nil), self.identity ?? identity == identity else {
            throw Fault(reason: "a chunk of another answer: \(chunk.text)")
        }
        self.identity = identity
        var indices: Set<Int> = []
        for candidate in candidates {
            let index = try self.readCandidate(candidate, isLast: isLast)
            guard indices.insert(index).inserted else { throw Fault(reason: "a candidate twice: \(chunk.text)") }
        }
        if isLast, !Set(self.candidates.keys).isSubset(of: indices) { throw Fault(reason: "a candidate never ends") }
        guard let usage = chunk["usageMetadata"] else { return }
        guard isLast else { throw Fault(reason: "usage before the end") }
        let counts = ["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"]
            .map { usage[$0]?.int ?? -1 }
        guard counts[0] + counts[1] + counts[2] == counts[3], counts.allSatisfy({ $0 >= 0 }) else {
            throw Fault(reason: "the usage does not add up: \(usage.text)")
        }
        self.usage = usage
    }

    private mutating func readCandidate(_ candidate: JSONValue, isLast: Bool) throws -> Int {
        guard let index = candidate["index"]?.int, candidate["content"]?["role"] == "model",
            let parts = candidate["content"]?["parts"]?.array, !parts.isEmpty
        else { throw Fault(reason: "a candidate without a part: \(candidate.text)") }
        var gathered = self.candidates[index, default: Candidate()]
        for part in parts {
            if let text = part["text"]?.string {
                if part["thought"]?.bool == true { gathered.thought += text } else { gathered.text += text }
            } else if let call = part["functionCall"] {
                guard let id = call["id"]?.string, let name = call["name"]?.string, let args = call["args"],
                    args.object != nil
                else { throw Fault(reason: "half a call: \(part.text)") }
                guard gathered.calls.isEmpty == (part["thoughtSignature"] != nil) else {
                    throw Fault(reason: "the first call alone is signed: \(part.text)")
                }
                gathered.calls.append(Call(id: id, name: name, args: args))
            } else {
                throw Fault(reason: "an unknown part: \(part.text)")
            }
        }
        guard (candidate["finishReason"] != nil) == isLast else {
            throw Fault(reason: "the end is not in the last chunk: \(candidate.text)")
        }
        gathered.finish = candidate["finishReason"]?.string
        gathered.logprobs += candidate["logprobsResult"]?["chosenCandidates"]?.array?.count ?? 0
        self.candidates[index] = gathered
        return index
    }
}
