package import NIOCore

extension Translation {
    /// About how many tokens the request has: a token for every four bytes of it in Chat's words, at least one.
    package var estimatedTokens: Int {
        max(1, self.body(upstreamModel: self.model).readableBytes / 4)
    }

    /// The answer to a question for the number of tokens, in the request's dialect.
    package func tokenCount(_ tokens: Int) -> ByteBuffer {
        switch self.endpoint.dialect {
        case .messages: Anthropic.tokenCount(tokens)
        case .responses, .openAI: Responses.inputTokens(tokens)
        case .gemini: Gemini.tokenCount(tokens)
        }
    }
}
