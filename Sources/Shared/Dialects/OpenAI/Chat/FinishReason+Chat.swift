extension FinishReason {
    /// Reads the word for a choice's end.
    ///
    /// A call that was made decides: some servers say `stop` behind it, and clients wait for one behind `tool_calls`.
    /// - Parameter matched: the stop sequence that the server says was met.
    /// - Returns: `nil` when the server broke off (`abort` of SGLang, `error` of OpenRouter).
    init?(chat word: String, matched: String?, hasToolCalls: Bool) {
        switch word {
        case "abort", "error": return nil
        case "length", "max_tokens": self = .length
        case "content_filter": self = .contentFilter
        default:
            if hasToolCalls {
                self = .toolCalls
            } else if let matched, !matched.isEmpty {
                self = .stopSequence(matched)
            } else {
                self = .stop
            }
        }
    }
}
