package import NIOCore
package import Vocabulary

/// Writes a conversation as the body of `POST /v1/chat/completions`, in the words that local model servers understand.
///
/// What is left out or said in other words, and why:
/// * `max_tokens` and not `max_completion_tokens`, which Ollama does not read;
/// * developers speak as `system`, in one message at the beginning: many templates refuse a second one, or a later one;
/// * a content that is only text is one string, since some templates take nothing else;
/// * Ollama ignores `tool_choice`: for `none` the tools are left out, for one tool only that one is sent;
/// * thinking is turned off in the two ways that exist, `reasoning_effort` and the templates' own switch; a server that is known
///   gets only the one that it understands, and no effort that it refuses.
package struct ChatRequestWriter: Sendable {
    /// The model's name at its server.
    package var model: String
    /// What the server is.
    package var kind: UpstreamKind

    package init(model: String, kind: UpstreamKind = .generic) {
        self.model = model
        self.kind = kind
    }

    /// The whole body. A streamed answer is asked for with its usage.
    package func body(_ conversation: Conversation) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(self.request(conversation)))
        return bytes
    }

    func request(_ conversation: Conversation) -> JSONObject {
        let turns = ChatTurns.arranged(conversation.messages)
        var body = JSONObject([
            ("model", .string(self.model)),
            ("messages", .array(turns.map { Self.message($0, to: self.kind) })),
            ("stream", .bool(conversation.streams)),
        ])
        if conversation.streams { body["stream_options"] = ["include_usage": true] }
        body["max_tokens"] = conversation.maximumTokens.map { JSONValue($0) }
        if !conversation.stopSequences.isEmpty {
            body["stop"] = .array(conversation.stopSequences.map { .string($0) })
        }
        if let choices = conversation.choices, choices > 1 { body["n"] = JSONValue(choices) }
        Self.write(conversation.sampling, to: &body)
        Self.writeTools(of: conversation, to: &body)
        body["response_format"] = self.responseFormat(conversation.output)
        body["user"] = conversation.user.map { .string($0) }
        let kwargs = self.write(conversation.reasoning, to: &body)
        for member in conversation.extras.members where body[member.key] == nil { body[member.key] = member.value }
        if let kwargs { body["chat_template_kwargs"] = Self.merged(kwargs, into: body["chat_template_kwargs"]) }
        return body
    }

    private static func write(_ sampling: Conversation.Sampling, to body: inout JSONObject) {
        body["temperature"] = sampling.temperature
        body["top_p"] = sampling.topP
        body["top_k"] = sampling.topK
        body["frequency_penalty"] = sampling.frequencyPenalty
        body["presence_penalty"] = sampling.presencePenalty
        body["seed"] = sampling.seed
        body["logit_bias"] = sampling.logitBias
        guard sampling.logprobs || sampling.topLogprobs != nil else { return }
        body["logprobs"] = true
        body["top_logprobs"] = sampling.topLogprobs.map { JSONValue($0) }
    }

    private func responseFormat(_ output: Conversation.OutputFormat) -> JSONValue? {
        switch output {
        case .text: return nil
        case .json where self.kind == .lmStudio:
            // It knows no `json_object`.
            return ["type": "json_schema", "json_schema": ["name": "output", "schema": ["type": "object"]]]
        case .json: return ["type": "json_object"]
        case .schema(let schema):
            var inner = JSONObject([("name", .string(schema.name))])
            inner["description"] = schema.description.map { .string($0) }
            inner["schema"] = schema.schema
            inner["strict"] = schema.isStrict.map { .bool($0) }
            return ["type": "json_schema", "json_schema": .object(inner)]
        }
    }

    /// Ollama turns thinking off by the effort, templates of Qwen, GLM, DeepSeek and Granite by a variable; vLLM and SGLang refuse
    /// an effort that OpenAI did not have at first.
    /// - Returns: the variables for the template.
    private func write(_ reasoning: Conversation.Reasoning?, to body: inout JSONObject) -> JSONObject? {
        switch reasoning {
        case .off:
            let switches = JSONObject([("enable_thinking", false), ("thinking", false)])
            switch self.kind {
            case .vllm, .sglang, .llamaCpp:
                return switches
            case .ollama:
                body["reasoning_effort"] = "none"
                return nil
            case .lmStudio, .generic, .demo:
                body["reasoning_effort"] = "none"
                return switches
            }
        case .effort(let word):
            let effort = self.effort(word)
            body["reasoning_effort"] = .string(effort)
            return self.kind == .llamaCpp ? JSONObject([("reasoning_effort", .string(effort))]) : nil
        case nil:
            return nil
        }
    }

    /// The nearest effort that the server takes.
    private func effort(_ word: String) -> String {
        switch (self.kind, word) {
        case (.vllm, "minimal"), (.sglang, "minimal"), (.lmStudio, "minimal"): "low"
        case (.vllm, "xhigh"), (.sglang, "xhigh"), (.lmStudio, "xhigh"): "high"
        case (.vllm, "max"), (.sglang, "max"), (.lmStudio, "max"): "high"
        default: word
        }
    }

    /// What the caller sets by itself stays.
    private static func merged(_ kwargs: JSONObject, into own: JSONValue?) -> JSONValue {
        var object = own?.object ?? JSONObject()
        for member in kwargs.members where object[member.key] == nil { object[member.key] = member.value }
        return .object(object)
    }
}
