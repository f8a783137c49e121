package import Vocabulary

extension Usage {
    /// Reads Chat's `usage` object; `nil` when it counts nothing.
    package init?(chat usage: JSONValue) {
        guard usage["prompt_tokens"]?.int != nil || usage["completion_tokens"]?.int != nil else { return nil }
        let output = usage["completion_tokens_details"]
        self.init(
            input: usage["prompt_tokens"]?.int ?? 0,
            cachedInput: usage["prompt_tokens_details"]?["cached_tokens"]?.int ?? 0,
            output: usage["completion_tokens"]?.int ?? 0,
            // SGLang says it beside the details.
            reasoning: output?["reasoning_tokens"]?.int ?? usage["reasoning_tokens"]?.int ?? 0
        )
    }

    /// Reads the `timings` of llama.cpp, which it gives even when nobody asked for the usage.
    init?(timings: JSONValue) {
        guard let output = timings["predicted_n"]?.int, let prompt = timings["prompt_n"]?.int else { return nil }
        let cached = Usage.believable(timings["cache_n"]?.int ?? 0)
        self.init(input: Usage.believable(prompt) + cached, cachedInput: cached, output: output)
    }
}
