package import NIOCore
package import Vocabulary

/// In which words a model server is asked; chosen when it is known which server that is.
package enum Manner: Hashable, Sendable {
    /// In those of OpenAI's Chat or embeddings; the answer is translated.
    case translated
    /// In the caller's own: request and answer pass as they are, but for what servers get wrong.
    case native(UpstreamService)
    /// For the number of tokens, and for no answer.
    case counting(TokenCounter)

    /// What of the server is asked; `nil` when the endpoint tells.
    package var service: UpstreamService? {
        switch self {
        case .translated: nil
        case .native(let service): service
        case .counting(let counter): counter.service
        }
    }
}

extension Translation {
    /// How a server is asked; `nil` when it cannot say what is wanted, which only is so with a number of tokens.
    package func manner(for server: ModelServer) -> Manner? {
        if self.endpoint.countsTokens {
            // Nothing is fetched to be counted.
            return self.hasLinkedImages ? nil : TokenCounter(server).map { .counting($0) }
        }
        guard let native = self.native, server.services.contains(native.service) else { return .translated }
        return native.isFaithful(on: server.kind) ? .native(native.service) : .translated
    }

    /// The body for a model server.
    /// - Parameters:
    ///   - upstreamModel: the model's name there.
    ///   - kind: what the server is.
    package func body(_ manner: Manner, upstreamModel: String, kind: UpstreamKind) -> ByteBuffer {
        if let ahead, ahead.manner == manner, ahead.model == upstreamModel, ahead.kind == kind { return ahead.body }
        return self.written(manner, model: upstreamModel, kind: kind)
    }

    func written(_ manner: Manner, model: String, kind: UpstreamKind) -> ByteBuffer {
        if case .embeddings(let request) = self.request { return request.body(model: model) }
        guard let conversation = self.conversation else { return ByteBuffer() }
        let writer = ChatRequestWriter(model: model, kind: kind)
        switch manner {
        case .translated:
            return writer.body(conversation)
        case .native:
            return self.native?.body(model: model) ?? ByteBuffer()
        case .counting(let counter):
            return counter.body(
                chat: writer.request(conversation),
                messages: self.native?.request(model: model)
                    ?? MessagesRequestWriter(model: model).request(conversation)
            )
        }
    }
}
