import Vocabulary

extension ResponsesRequest {
    /// Whether a server that speaks Responses itself says all of a request to its model, and answers all that is asked.
    ///
    /// A chain lives here and not at one server, so what goes on from a response is translated with all that came before. Servers
    /// know functions and no other tools, and no sealed reasoning (vLLM 0.25 and SGLang 0.5, `responses`).
    func isFaithful(as raw: JSONObject, on kind: UpstreamKind) -> Bool {
        guard self.previousResponseID == nil, !self.wantsEncryptedReasoning,
            self.conversation.allowsParallelToolCalls != false, raw["reasoning"]?["summary"] == nil
        else { return false }
        let isPlain = self.conversation.output == .text && !self.conversation.sampling.logprobs
        guard isPlain || kind == .vllm else { return false }
        if case .object? = raw["tool_choice"], raw["tool_choice"]?["type"]?.string != "function" { return false }
        return (raw["tools"]?.array ?? []).allSatisfy { $0["type"]?.string == "function" }
            && (raw["input"]?.array ?? []).allSatisfy(Self.isKnown)
    }

    private static func isKnown(_ item: JSONValue) -> Bool {
        switch item["type"]?.string ?? "message" {
        case "message":
            (item["content"]?.array ?? []).allSatisfy { part in
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
