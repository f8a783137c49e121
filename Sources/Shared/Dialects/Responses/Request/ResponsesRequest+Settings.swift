import Vocabulary

extension ResponsesRequest {
    /// How the next token is chosen, and when the answer ends.
    mutating func readSampling(_ fields: Fields) throws(GatewayError) {
        var sampling = Conversation.Sampling()
        sampling.temperature = try fields.number("temperature")
        sampling.topP = try fields.number("top_p")
        sampling.topK = try fields.number("top_k")
        sampling.frequencyPenalty = try fields.number("frequency_penalty")
        sampling.presencePenalty = try fields.number("presence_penalty")
        sampling.seed = try fields.number("seed")
        sampling.logitBias = try fields.fields("logit_bias").map { .object($0.object) }
        if let count = try fields.int("top_logprobs", in: 0...20), count > 0 {
            sampling.logprobs = true
            sampling.topLogprobs = count
        }
        for (index, value) in (try fields.array("include") ?? []).enumerated() {
            switch value {
            case "message.output_text.logprobs": sampling.logprobs = true
            case "reasoning.encrypted_content": self.wantsEncryptedReasoning = true
            case .string: break
            default: throw fields.refusal("include[\(index)]", "must be a string.")
            }
        }
        self.conversation.sampling = sampling
        self.conversation.maximumTokens = try fields.int("max_output_tokens", in: 1...)
        _ = try fields.int("max_tool_calls", in: 0...)
        self.conversation.streams = try fields.bool("stream") ?? false
        self.conversation.user = try fields.string("user")
        switch fields["stop"] {
        case nil: break
        case .string(let text)?: self.conversation.stopSequences = [text]
        default:
            for (index, value) in (try fields.array("stop") ?? []).enumerated() {
                guard let text = value.string else { throw fields.refusal("stop[\(index)]", "must be a string.") }
                self.conversation.stopSequences.append(text)
            }
        }
        self.conversation.takeExtras(of: .object(fields.object))
    }

    /// What form the answer has, and how much is thought before it.
    mutating func readOutput(_ fields: Fields) throws(GatewayError) {
        if let format = try fields.fields("text")?.fields("format") {
            self.conversation.output = try Self.format(format)
        }
        _ = try fields.fields("text")?.string("verbosity")
        guard let reasoning = try fields.fields("reasoning") else { return }
        _ = try reasoning.string("summary")
        switch try reasoning.string("effort") {
        case nil: break
        case "none"?: self.conversation.reasoning = .off
        case let word? where ["minimal", "low", "medium", "high", "xhigh", "max"].contains(word):
            self.conversation.reasoning = .effort(word)
        default:
            throw reasoning.refusal("effort", "must be one of none, minimal, low, medium, high, xhigh and max.")
        }
    }

    private static func format(_ format: Fields) throws(GatewayError) -> Conversation.OutputFormat {
        switch try format.requiredString("type") {
        case "text": return .text
        case "json_object": return .json
        case "json_schema":
            guard let schema = try format.fields("schema") else {
                throw format.refusal("schema", "is missing; it must be a JSON Schema.")
            }
            return .schema(
                .init(
                    name: try format.requiredString("name"),
                    schema: .object(schema.object),
                    isStrict: try format.bool("strict"),
                    description: try format.string("description")
                )
            )
        default: throw format.refusal("type", "must be one of text, json_object and json_schema.")
        }
    }

    /// The members of the response that repeat the request, each with its default.
    ///
    /// Said is what has an effect: tools that were dropped are left out, and nothing is ever truncated.
    func echo(of fields: Fields, tools: ToolReader) throws(GatewayError) -> JSONObject {
        let reasoning = try fields.fields("reasoning")
        var text = try fields.fields("text")?.object ?? JSONObject()
        if text["format"] ?? .null == .null { text["format"] = ["type": "text"] }
        let instructions: JSONValue = fields["instructions"] ?? .null
        return JSONObject([
            ("background", .bool(self.isInBackground)),
            ("instructions", instructions),
            ("max_output_tokens", fields["max_output_tokens"] ?? .null),
            ("max_tool_calls", fields["max_tool_calls"] ?? .null),
            ("parallel_tool_calls", fields["parallel_tool_calls"] ?? true),
            ("previous_response_id", fields["previous_response_id"] ?? .null),
            ("reasoning", ["effort": reasoning?["effort"] ?? .null, "summary": reasoning?["summary"] ?? .null]),
            ("store", .bool(self.stores)),
            ("service_tier", "default"),
            ("temperature", fields["temperature"] ?? .number("1.0")),
            ("top_p", fields["top_p"] ?? .number("1.0")),
            ("presence_penalty", fields["presence_penalty"] ?? 0),
            ("frequency_penalty", fields["frequency_penalty"] ?? 0),
            ("top_logprobs", fields["top_logprobs"] ?? 0),
            ("text", .object(text)),
            ("tool_choice", tools.echoOfChoice),
            ("tools", .array(tools.echo)),
            ("truncation", "disabled"),
            ("metadata", try fields.fields("metadata").map { .object($0.object) } ?? [:]),
            ("user", fields["user"] ?? .null),
            ("safety_identifier", fields["safety_identifier"] ?? .null),
            ("prompt_cache_key", fields["prompt_cache_key"] ?? .null),
        ])
    }
}
