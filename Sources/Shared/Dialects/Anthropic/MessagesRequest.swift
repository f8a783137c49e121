package import Vocabulary

/// A request of Anthropic's Messages API (`POST /v1/messages`), or of its counting of tokens.
///
/// What the API knows and Chat does not is left out where an answer is the same without it (cache control, citations, context
/// management, service tier), and refused with the field's name otherwise.
package struct MessagesRequest: Hashable, Sendable {
    /// What the body is for.
    package enum Purpose: Hashable, Sendable {
        /// `POST /v1/messages`.
        case answer
        /// `POST /v1/messages/count_tokens`: the same body, which needs no `max_tokens`.
        case tokenCount
    }

    package var conversation: Conversation
    /// What of the model's reasoning the caller wants to see.
    package var thinkingDisplay = ThinkingDisplay.whole
    /// The tools whose arguments are to be told as they come, not checked as a whole first (`eager_input_streaming`).
    package var eagerTools: Set<String> = []
    /// The tools that run on Anthropic's servers or whose schema only Anthropic's models know; the model does not learn of them.
    package var droppedTools: [String] = []

    /// - Throws: ``GatewayError/Code/invalidRequest`` whose parameter is the path of the field at fault.
    package init(reading body: JSONValue, for purpose: Purpose = .answer) throws(GatewayError) {
        let body = MessagesField(body)
        _ = try body.object()
        let model = try body.member("model")
        guard try !model.string().isEmpty else { throw model.fault("must not be empty") }
        self.conversation = Conversation(model: try model.string())
        try self.readLimit(body, purpose)
        self.conversation.messages = try Self.messages(body)
        try self.readTools(body)
        try self.readToolChoice(body)
        try self.readSampling(body)
        try self.readThinking(body)
        try self.readOutput(body)
        try self.refuseServices(body)
        self.conversation.streams = try body["stream"]?.bool() ?? false
        self.conversation.user = try body["metadata"]?["user_id"]?.string()
    }
}

extension MessagesRequest {
    /// How a thinking block is told (`thinking.display`).
    package enum ThinkingDisplay: Hashable, Sendable {
        case whole
        /// The block stands in the answer, but its text is left out.
        case omitted
        /// Thinking is disabled: a model that reasons all the same does so unseen.
        case none
    }
}
