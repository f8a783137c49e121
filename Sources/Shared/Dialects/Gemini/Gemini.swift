package import NIOCore
import Vocabulary

/// The shapes of Gemini's API.
package enum Gemini {
    /// A whole answer (`generateContent`).
    package static func reply(_ reply: Reply, to request: GeminiRequest, identity: AnswerIdentity) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeGeminiCandidates(reply.choices.map { GeminiCandidate($0, to: request) })
        if let usage = reply.usage { body.writeGeminiUsage(usage) }
        body.writeGeminiIdentity(identity)
        return body
    }

    /// The answer to `countTokens`.
    package static func tokenCount(_ tokens: Int) -> ByteBuffer {
        ByteBuffer(string: "{\"totalTokens\":\(tokens)}")
    }
}

extension GeminiCandidate {
    init(_ choice: Reply.Choice, to request: GeminiRequest) {
        if request.includesThoughts { self.thought = EscapedText(choice.reasoning) }
        self.text = EscapedText(choice.text + (choice.refusal ?? ""))
        self.isRefused = choice.refusal != nil
        self.calls = choice.toolCalls.map {
            Call(id: $0.id, name: EscapedText($0.name), arguments: EscapedText($0.arguments))
        }
        if let logprobs = choice.logprobs { self.logprobs.append(logprobs) }
        self.finish = choice.finish
        self.isSaid = true
        if request.answersEnumeration { self.text = self.text.unquoted }
    }
}

extension ByteBuffer {
    /// Writes the beginning of a `GenerateContentResponse`. The first candidate is always there.
    mutating func writeGeminiCandidates(_ candidates: [GeminiCandidate]) {
        self.writeStaticString(#"{"candidates":["#)
        for (index, candidate) in candidates.enumerated() where index == 0 || candidate.isSaid {
            if index > 0 { self.writeStaticString(",") }
            candidate.write(index: index, into: &self)
        }
        self.writeStaticString("]")
    }

    /// Writes `usageMetadata`, in which what was thought and what was said are counted apart.
    mutating func writeGeminiUsage(_ usage: Usage) {
        let said = usage.output - usage.reasoning
        self.writeString(
            ",\"usageMetadata\":{\"promptTokenCount\":\(usage.input),\"candidatesTokenCount\":\(said)"
                + ",\"thoughtsTokenCount\":\(usage.reasoning),\"cachedContentTokenCount\":\(usage.cachedInput)"
                + ",\"totalTokenCount\":\(usage.total)}"
        )
    }

    /// Writes the end of a `GenerateContentResponse`.
    mutating func writeGeminiIdentity(_ identity: AnswerIdentity) {
        self.writeStaticString(#","modelVersion":"#)
        self.writeJSONString(identity.model)
        self.writeStaticString(#","responseId":"#)
        self.writeJSONString(identity.digits)
        self.writeStaticString("}")
    }
}
