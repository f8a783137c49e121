extension Conversation {
    /// Members that no dialect defines but model servers know, and that callers send through their SDK's `extra_body`.
    private static let serverMembers: Set<String> = [
        "min_p", "typical_p", "repeat_penalty", "repetition_penalty", "repeat_last_n", "mirostat", "mirostat_tau",
        "mirostat_eta", "dry_multiplier", "dry_base", "dry_allowed_length", "dry_penalty_last_n", "xtc_probability",
        "xtc_threshold", "samplers", "grammar", "cache_prompt", "id_slot", "ignore_eos", "min_tokens",
        "stop_token_ids", "skip_special_tokens", "include_stop_str_in_output", "structured_outputs", "guided_json",
        "guided_regex", "guided_choice", "guided_grammar", "chat_template_kwargs", "reasoning_format",
        "thinking_budget_tokens", "add_generation_prompt", "continue_final_message", "keep_alive", "options",
        "priority", "lora", "vllm_xargs",
    ]

    /// Takes what only a model server knows of a request's members, as it came; what is null is absent.
    mutating func takeExtras(of body: JSONValue) {
        for member in body.object?.members ?? [] where Self.serverMembers.contains(member.key) && !member.value.isNull {
            self.extras[member.key] = member.value
        }
    }
}
