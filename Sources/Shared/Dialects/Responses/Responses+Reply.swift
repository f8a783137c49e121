package import NIOCore

/// A whole answer, and what of it is stored.
package struct ResponsesAnswer: Hashable, Sendable {
    /// The response object.
    package var body: ByteBuffer
    /// The output items, as they stand in the body.
    package var output: [JSONValue]
}

extension Responses {
    /// Tells a whole answer that is not streamed; only the first choice, since this dialect has one.
    ///
    /// - Parameter completedAt: when the answer was whole, in seconds since 1970.
    package static func reply(
        _ reply: Reply,
        to request: ResponsesRequest,
        identity: AnswerIdentity,
        completedAt: Int? = nil
    ) -> ResponsesAnswer {
        let choice = reply.choices.first ?? Reply.Choice(finish: .stop)
        let items = Self.items(of: choice, request, identity)
        var state = ResponseObject.State(choice.finish)
        state.usage = reply.usage
        state.completedAt = state.status == .completed ? completedAt : nil
        var body = ByteBuffer()
        ResponseObject(request, identity).write(state, output: items, into: &body)
        return ResponsesAnswer(body: body, output: items.map(\.value))
    }

    private static func items(
        of choice: Reply.Choice,
        _ request: ResponsesRequest,
        _ identity: AnswerIdentity
    ) -> [OutputItem] {
        var items: [OutputItem] = []
        if !choice.reasoning.isEmpty {
            var item = OutputItem(.reasoning, index: items.count, digits: identity.digits)
            item.summary = EscapedText(choice.reasoning)
            if request.wantsEncryptedReasoning {
                item.encryptedContent = SealedReasoning(text: choice.reasoning).sealed
            }
            items.append(item)
        }
        var parts: [OutputItem.Part] = []
        if !choice.text.isEmpty {
            let logprobs = request.conversation.sampling.logprobs ? choice.logprobs?.array ?? [] : []
            parts.append(.init(isRefusal: false, text: EscapedText(choice.text), logprobs: logprobs))
        }
        if let refusal = choice.refusal, !refusal.isEmpty {
            parts.append(.init(isRefusal: true, text: EscapedText(refusal)))
        }
        if !parts.isEmpty {
            var item = OutputItem(.message, index: items.count, digits: identity.digits)
            item.parts = parts
            items.append(item)
        }
        for (index, call) in choice.toolCalls.enumerated() {
            let name = EscapedText(call.name)
            guard var item = OutputItem(request, call: index, id: call.id, name: name, after: items, identity)
            else { continue }
            item.call?.arguments = EscapedText(call.arguments)
            items.append(item)
        }
        // Only what was last can have been cut off: a whole answer does not tell what its calls were doing.
        let firstOpen = items.firstIndex { $0.call != nil } ?? items.count - 1
        for index in items.indices {
            items[index].status = index < firstOpen ? .completed : .init(choice.finish)
        }
        return items
    }
}
