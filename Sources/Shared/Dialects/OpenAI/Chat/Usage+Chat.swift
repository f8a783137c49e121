package import Vocabulary

extension Usage {
    /// Reads Chat's `usage` object; `nil` when it counts nothing.
    package init?(chat usage: JSONValue) {
        let output = usage["completion_tokens_details"]
        self.init(
            prompt: usage["prompt_tokens"]?.int,
            cached: usage["prompt_tokens_details"]?["cached_tokens"]?.int,
            completion: usage["completion_tokens"]?.int,
            // SGLang says it beside the details.
            reasoning: output?["reasoning_tokens"]?.int ?? usage["reasoning_tokens"]?.int
        )
    }

    /// What Chat's `usage` object counts; `nil` when that is nothing.
    init?(prompt: Int?, cached: Int?, completion: Int?, reasoning: Int?) {
        guard prompt != nil || completion != nil else { return nil }
        self.init(input: prompt ?? 0, cachedInput: cached ?? 0, output: completion ?? 0, reasoning: reasoning ?? 0)
    }

    /// Reads the `timings` of llama.cpp, which it gives even when nobody asked for the usage.
    init?(timings: JSONValue) {
        guard let output = timings["predicted_n"]?.int, let prompt = timings["prompt_n"]?.int else { return nil }
        let cached = Usage.believable(timings["cache_n"]?.int ?? 0)
        self.init(input: Usage.believable(prompt) + cached, cachedInput: cached, output: output)
    }
}
