/// What a call asks a model for.
package enum Endpoint: Hashable, Sendable, CaseIterable {
    /// Chat, streamed or not.
    case chatCompletions
    /// The older completions, streamed or not.
    case completions
    case embeddings

    /// The path, on the relay and on every upstream.
    package var path: String {
        switch self {
        case .chatCompletions: "/v1/chat/completions"
        case .completions: "/v1/completions"
        case .embeddings: "/v1/embeddings"
        }
    }

    /// A word for logs and metrics.
    package var name: String {
        switch self {
        case .chatCompletions: "chat"
        case .completions: "completions"
        case .embeddings: "embeddings"
        }
    }
}
