package import NIOCore
package import Vocabulary

/// Tells an answer as `streamGenerateContent` does: chunks that each are a small `GenerateContentResponse`.
///
/// Texts go out as they come. A function call goes out whole, so calls wait for the last chunk, which is written by
/// ``finish(into:)`` and holds the finish reasons and the usage too. Every chunk has candidates and every candidate a part:
/// Google's `chats` forget a turn in which one has none. Between chunks stands nothing but a bare newline to keep the
/// connection open; Google's SDK takes anything else for an answer that is broken.
package struct GeminiStream: AnswerWriter {
    /// How chunks follow each other.
    package enum Framing: Hashable, Sendable {
        /// Server-sent events of `data:` alone, without an event at the end (`alt=sse`).
        case events
        /// One JSON array.
        case array
    }

    private let framing: Framing
    private let includesThoughts: Bool
    private let answersEnumeration: Bool
    private let requestID: String
    /// Behind the candidates: what is the same in every chunk, and its end.
    private let tail: ByteBuffer
    private var candidates: [GeminiCandidate]
    private var usage: Usage?
    private var hasBegun = false
    private var hasChunks = false

    package init(_ request: GeminiRequest, identity: AnswerIdentity) {
        self.framing = request.framing ?? .events
        self.includesThoughts = request.includesThoughts
        self.answersEnumeration = request.answersEnumeration
        self.requestID = "req_" + identity.digits
        self.candidates = Array(repeating: GeminiCandidate(), count: max(1, request.conversation.choices ?? 1))
        var tail = ByteBuffer()
        tail.writeGeminiIdentity(identity)
        if self.framing == .events { tail.writeStaticString("\n\n") }
        self.tail = tail.inOneLine
    }

    package mutating func begin(into bytes: inout ByteBuffer) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        if self.framing == .array { bytes.writeStaticString("[") }
    }

    package mutating func write(_ event: AnswerEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .text(let text, let choice): self.say(text, choice: choice, isThought: false, into: &bytes)
        case .reasoning(let text, let choice):
            if self.includesThoughts { self.say(text, choice: choice, isThought: true, into: &bytes) }
        case .refusal(let text, let choice):
            self.change(choice) { $0.isRefused = true }
            self.say(text, choice: choice, isThought: false, into: &bytes)
        case .toolCall(_, let id, let name, let choice):
            self.change(choice) { $0.calls.append(GeminiCandidate.Call(id: id, name: name)) }
        case .toolArguments(let text, let index, let choice):
            self.change(choice) {
                if $0.calls.indices.contains(index) { $0.calls[index].arguments.append(text) }
            }
        case .logprobs(let value, let choice): self.change(choice) { $0.logprobs.append(value) }
        case .finish(let reason, let choice): self.change(choice) { $0.finish = reason }
        case .usage(let usage): self.usage = usage
        }
    }

    package mutating func finish(into bytes: inout ByteBuffer) {
        if self.answersEnumeration {
            for index in self.candidates.indices {
                self.candidates[index].text = self.candidates[index].text.unquoted
            }
        }
        var chunk = ByteBuffer()
        chunk.writeGeminiCandidates(self.candidates)
        if let usage = self.usage { chunk.writeGeminiUsage(usage) }
        self.openChunk(&bytes)
        bytes.writeImmutableBuffer(chunk.inOneLine)
        bytes.writeImmutableBuffer(self.tail)
        self.end(&bytes)
    }

    package mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer) {
        self.openChunk(&bytes)
        bytes.writeImmutableBuffer(Gemini.errorBody(error, requestID: self.requestID).inOneLine)
        if self.framing == .events { bytes.writeStaticString("\n\n") }
        self.end(&bytes)
    }

    package mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer) {
        bytes.writeStaticString("\n")
    }
}

extension GeminiStream {
    /// A piece of text or of thought, as a chunk of its own.
    private mutating func say(_ text: EscapedText, choice: Int, isThought: Bool, into bytes: inout ByteBuffer) {
        guard self.candidates.indices.contains(choice), !text.isEmpty else { return }
        self.candidates[choice].isSaid = true
        if self.answersEnumeration, !isThought {
            self.candidates[choice].text.append(text)
        } else if self.candidates[choice].half != nil || text.endsInHalfPair {
            self.sayHalf(text, choice: choice, isThought: isThought, into: &bytes)
        } else {
            self.writeText(text, choice: choice, isThought: isThought, into: &bytes)
        }
    }

    /// Chunks are decoded one by one, so a pair of surrogates that was split must be put together again.
    private mutating func sayHalf(_ text: EscapedText, choice: Int, isThought: Bool, into bytes: inout ByteBuffer) {
        var text = text
        if let half = self.candidates[choice].half {
            self.candidates[choice].half = nil
            if half.isThought == isThought {
                var whole = half.text
                whole.append(text)
                text = whole
            } else {
                self.writeText(.replacement, choice: choice, isThought: half.isThought, into: &bytes)
            }
        }
        if let half = text.removeHalfPair() {
            self.candidates[choice].half = GeminiCandidate.Half(text: half, isThought: isThought)
        }
        if !text.isEmpty { self.writeText(text, choice: choice, isThought: isThought, into: &bytes) }
    }

    private mutating func writeText(_ text: EscapedText, choice: Int, isThought: Bool, into bytes: inout ByteBuffer) {
        self.openChunk(&bytes)
        bytes.writeStaticString(#"{"candidates":[{"content":{"role":"model","parts":[{"text":""#)
        bytes.writeImmutableBuffer(text.bytes.inOneLine)
        bytes.writeStaticString(isThought ? #"","thought":true}]},"index":"# : #""}]},"index":"#)
        if choice == 0 { bytes.writeStaticString("0}]") } else { bytes.writeString("\(choice)}]") }
        bytes.writeImmutableBuffer(self.tail)
    }

    private mutating func change(_ choice: Int, _ body: (inout GeminiCandidate) -> Void) {
        // A model server may say more answers than were asked for; nobody waits for them.
        guard self.candidates.indices.contains(choice) else { return }
        self.candidates[choice].isSaid = true
        body(&self.candidates[choice])
    }

    private mutating func openChunk(_ bytes: inout ByteBuffer) {
        switch self.framing {
        case .events: bytes.writeStaticString("data: ")
        case .array:
            self.begin(into: &bytes)
            if self.hasChunks { bytes.writeStaticString("\n,\r\n") }
        }
        self.hasChunks = true
    }

    private func end(_ bytes: inout ByteBuffer) {
        if self.framing == .array { bytes.writeStaticString("\n]") }
    }
}
