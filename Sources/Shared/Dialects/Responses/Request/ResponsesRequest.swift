package import Vocabulary

/// A request of OpenAI's Responses API (`POST /v1/responses`, `…/input_tokens`, and `response.create` on a WebSocket).
///
/// What it says to a model is in ``conversation``. Fields that concern hosted tools, caching and billing are taken
/// and have no effect; what would change the answer and cannot be done is refused.
package struct ResponsesRequest: Hashable, Sendable {
    /// What the model is asked, the earlier turns of the chain included.
    package internal(set) var conversation: Conversation
    /// The response that this request goes on from.
    package internal(set) var previousResponseID: String?
    /// Whether the caller wants the response kept (`store`, true unless said otherwise).
    package internal(set) var stores: Bool
    /// Whether the answer is made without its caller, who asks for it later by its id (`background`). The model server is
    /// asked for a stream all the same: a long answer shows that it goes on.
    package internal(set) var isInBackground: Bool
    /// The items of the chain before this request, as they were handed in.
    package internal(set) var earlier: [JSONValue]
    /// About how many bytes the items have that are not in the body: the earlier ones, and what is referred to.
    package internal(set) var rememberedBytes = 0
    /// This request's own items in the long form: a bare string has become a message. ``KeptInput`` gives them ids.
    package internal(set) var input: [JSONValue]
    /// Whether reasoning must come with something to send back (`include`: `reasoning.encrypted_content`).
    var wantsEncryptedReasoning = false
    /// The tools that have another name or kind in Chat.
    var renamedTools = RenamedTools()
    /// The members of the response that repeat the request.
    var echo = JSONObject()

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - body: the whole body; of a WebSocket's message without its `type`.
    ///   - generates: false for a warm-up, whose input may be empty.
    ///   - chain: every item, input and output, of the chain that ends with a response's id, the oldest first; `nil`
    ///     when the response is not known.
    ///   - item: a stored item by its id, for `item_reference`.
    ///   - room: how many bytes the request may grow by the items that it refers to.
    /// - Throws: `invalidRequest` with the field's path; `bodyTooLarge` where there is no room;
    ///   ``Responses/previousResponseNotFound(_:)`` for such a chain.
    package init(
        reading body: JSONValue,
        generates: Bool = true,
        chain: (String) throws(GatewayError) -> [JSONValue]? = { _ in nil },
        item: @escaping (String) -> JSONValue? = { _ in nil },
        room: Int = 64 << 20
    ) throws(GatewayError) {
        let fields = try Fields(body, path: "")
        try Self.refuseUnsupported(fields)
        let model = try fields.requiredString("model")
        guard !model.isEmpty else { throw fields.refusal("model", "is empty; it must be the name of a model.") }
        self.conversation = Conversation(model: model)
        self.stores = try fields.bool("store") ?? true
        self.isInBackground = try fields.bool("background") ?? false
        self.previousResponseID = try fields.string("previous_response_id")
        self.earlier = []
        if let id = self.previousResponseID {
            guard let items = try chain(id) else { throw Responses.previousResponseNotFound(id) }
            self.earlier = items
        }
        self.input = try Self.longForm(fields)
        try self.readSampling(fields)
        if self.isInBackground { try self.goToBackground(fields) }
        try self.readOutput(fields)
        var tools = try ToolReader(fields)
        var reader = InputReader(item: item, room: room)
        for stored in self.earlier { try reader.take(stored, path: "input") }
        reader.startsNewInput()
        for (index, own) in self.input.enumerated() { try reader.take(own, path: "input[\(index)]") }
        for (index, more) in reader.additionalTools.enumerated() {
            try tools.take(additional: more, path: "input.additional_tools[\(index)]")
        }
        try tools.finish(fields)
        self.conversation.tools = tools.tools
        self.conversation.toolChoice = tools.choice
        self.conversation.allowsParallelToolCalls = tools.tools.isEmpty ? nil : try fields.bool("parallel_tool_calls")
        self.renamedTools = tools.renamed
        if let instructions = try fields.string("instructions"), !instructions.isEmpty {
            self.conversation.messages.append(.system(instructions))
        }
        self.conversation.messages += try reader.finish()
        self.rememberedBytes = self.earlier.reduce(reader.referencedBytes) { $0 + $1.approximateSize }
        guard !generates || !self.conversation.messages.isEmpty else {
            throw fields.refusal(
                "input",
                "is empty and there is nothing before it; the model needs something to answer."
            )
        }
        self.echo = try self.echo(of: fields, tools: tools)
    }

    /// What cannot be done here and would be missed if it were only ignored.
    private static func refuseUnsupported(_ fields: Fields) throws(GatewayError) {
        if fields.has("conversation") {
            throw fields.refusal("conversation", "is not supported here; go on with «previous_response_id» instead.")
        }
        if fields.has("prompt") {
            throw fields.refusal("prompt", "is not supported here; send the text as «instructions» and «input».")
        }
    }

    /// An answer that nobody waits for must be kept, and cannot be told as it comes.
    private mutating func goToBackground(_ fields: Fields) throws(GatewayError) {
        guard self.stores else {
            throw fields.refusal("store", "cannot be false with «background»: the answer is read from the store.")
        }
        guard !self.conversation.streams else {
            throw fields.refusal(
                "stream",
                "cannot be true with «background» here; leave it out and ask with GET /v1/responses/{id} until the "
                    + "status is no longer in_progress, or leave «background» out."
            )
        }
        self.conversation.streams = true
    }

    private static func longForm(_ fields: Fields) throws(GatewayError) -> [JSONValue] {
        switch fields["input"] {
        case nil: return []
        case .string(let text)?:
            let part: JSONValue = ["type": "input_text", "text": .string(text)]
            return [["type": "message", "role": "user", "content": [part]]]
        case .array(let items)?: return items
        default: throw fields.refusal("input", "must be a string or an array of items.")
        }
    }
}

extension ResponsesRequest {
    /// One of this request's own items as it is stored and listed: with an id.
    func storedItem(_ index: Int, _ identity: AnswerIdentity) -> JSONValue {
        let item = self.input[index]
        guard case .object(var object) = item, item["id"] == nil else { return item }
        let type = item["type"]?.string ?? "message"
        if object["type"] == nil { object["type"] = "message" }
        object["id"] = .string("\(Self.idPrefix(of: type))_\(identity.digits)_i\(index)")
        if type == "message", item["status"] == nil { object["status"] = "completed" }
        return .object(object)
    }

    private static func idPrefix(of type: String) -> String {
        switch type {
        case "message": "msg"
        case "reasoning": "rs"
        case "function_call": "fc"
        case "function_call_output": "fco"
        case "custom_tool_call": "ctc"
        case "custom_tool_call_output": "ctco"
        default: "item"
        }
    }
}
