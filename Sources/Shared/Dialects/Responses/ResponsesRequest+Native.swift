import Vocabulary

extension ResponsesRequest {
    /// Whether a server that speaks Responses itself says all of a request to its model, and answers all that is asked.
    ///
    /// A chain lives here and not at one server, so what goes on from a response is translated with all that came before. Servers
    /// know functions and no other tools, and no sealed reasoning (vLLM 0.25 and SGLang 0.5, `responses`).
    func isFaithful(as raw: JSONObject, on kind: UpstreamKind) -> Bool {
        guard Self.members.cover(raw, on: kind), self.previousResponseID == nil, !self.wantsEncryptedReasoning,
            self.conversation.allowsParallelToolCalls != false, raw["reasoning"]?["summary"] == nil
        else { return false }
        switch self.conversation.reasoning {
        case .effort("low"), .effort("medium"), .effort("high"), nil: break
        // Not every version takes the other efforts, or switches thinking off by this member.
        case .effort, .off: return false
        }
        switch self.conversation.output {
        case .text where kind == .vllm || !self.conversation.sampling.logprobs: break
        // vLLM makes a grammar of a schema, and of nothing else.
        case .schema where kind == .vllm: break
        case .text, .json, .schema: return false
        }
        if case .object? = raw["tool_choice"], raw["tool_choice"]?["type"]?.string != "function" { return false }
        return (raw["tools"]?.array ?? [])
            .allSatisfy { $0["type"]?.string == "function" && $0["strict"]?.bool != true }
            && (raw["input"]?.array ?? []).allSatisfy(Self.isKnown)
    }

    /// A request's body as a server gets it that speaks Responses itself.
    ///
    /// What only OpenAI's own servers give is left out where others look at it: they refuse values that they do not know, and cut a
    /// prompt in silence that is to be refused when it is too long.
    static func native(_ raw: JSONObject) -> JSONObject {
        var body = JSONObject(lastOf: raw.members.map { ($0.key, $0.value) })
        // Responses are kept here, where every connector's next one finds them; not at one server.
        body["store"] = false
        body["service_tier"] = nil
        body["truncation"] = nil
        let included = body["include"]?.array?.filter { $0 == "message.output_text.logprobs" } ?? []
        body["include"] = included.isEmpty ? nil : .array(included)
        return body
    }

    private static let members = NativeMembers(
        common: [
            "model", "input", "instructions", "max_output_tokens", "stream", "temperature", "top_p", "tools",
            "tool_choice", "parallel_tool_calls", "reasoning", "text", "include", "top_logprobs", "store", "background",
            // For OpenAI's own servers.
            "metadata", "user", "max_tool_calls", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
            "stream_options", "client_metadata",
        ],
        own: [
            .vllm: [
                "priority", "cache_salt", "mm_processor_kwargs", "vllm_xargs", "request_id", "enable_response_messages",
                "previous_input_messages", "previous_response",
            ],
            .sglang: [
                "priority", "cache_salt", "extra_key", "frequency_penalty", "presence_penalty", "stop", "top_k",
                "min_p", "repetition_penalty",
            ],
        ]
    )

    /// Members that hold a part of the conversation, and that no words of Chat can say.
    private static let nativeTurns = ["previous_input_messages", "previous_response"]

    /// Why a request cannot be translated whole; `nil` when it can.
    static func refusalToTranslate(_ body: JSONValue) -> GatewayError? {
        guard let member = Self.nativeTurns.first(where: { body[$0] != nil }) else { return nil }
        return GatewayError(
            .invalidRequest,
            "«\(member)» is known to the Responses of vLLM only, and this request goes to a server in the words of Chat. Send the "
                + "earlier turns in «input», or go on with «previous_response_id».",
            parameter: member
        )
    }

    private static func isKnown(_ item: JSONValue) -> Bool {
        switch item["type"]?.string ?? "message" {
        case "message":
            // Templates know no developer, and many no system behind the instructions.
            ["user", "assistant"].contains(item["role"]?.string)
                && (item["content"]?.array ?? []).allSatisfy { part in
                    switch part["type"]?.string {
                    case "input_text", "output_text": true
                    case "input_image": part["image_url"] != nil
                    default: false
                    }
                }
        case "function_call": item["namespace"] == nil
        case "function_call_output": item["output"]?.string != nil
        default: false
        }
    }
}
