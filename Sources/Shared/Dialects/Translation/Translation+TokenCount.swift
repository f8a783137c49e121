package import NIOCore
import Vocabulary

extension Translation {
    /// About how many tokens the request has: a token for every four bytes of it in Chat's words, and
    /// ``tokensOfMedia`` for each image, sound and file in place of its bytes; at least one.
    package var estimatedTokens: Int {
        if let known = self.ahead?.estimatedTokens { return known }
        var copy = self
        var media = 0
        copy.request.changeMessages { message in
            let said = message.parts.filter { if case .text = $0 { true } else { false } }
            media += message.parts.count - said.count
            message.parts = said
        }
        let bytes = copy.written(.translated, model: self.model, kind: .generic).readableBytes
        return max(1, bytes / 4 + media * Self.tokensOfMedia)
    }

    /// What an image of about a megapixel costs models that look at it in full: 765 of OpenAI's tokens, some 1,300 of
    /// Anthropic's, up to some thousand of the open models'. Its bytes say nothing: they are compressed.
    static let tokensOfMedia = 1_000

    /// The answer to a question for the number of tokens, in the request's dialect.
    package func tokenCount(_ tokens: Int) -> ByteBuffer {
        switch self.endpoint.dialect {
        case .messages: Anthropic.tokenCount(tokens)
        case .responses, .openAI: Responses.inputTokens(tokens)
        case .gemini: Gemini.tokenCount(tokens)
        }
    }
}
