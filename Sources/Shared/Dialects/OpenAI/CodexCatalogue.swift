package import NIOCore

/// The list of models as Codex asks for it (`GET /v1/models?client_version=…`).
///
/// The shape is Codex' own (openai/codex, `protocol/src/openai_models.rs`, `ModelsResponse`). A model that it does not find there
/// it treats by guesses; what is said here holds for any model that a server may run.
package enum CodexCatalogue {
    /// - Parameter models: in the order of preference.
    package static func list(_ models: [ModelCard]) -> ByteBuffer {
        var body = ByteBuffer()
        let entries = models.enumerated().map { Self.entry($0.element, priority: $0.offset) }
        body.writeJSON(["models": .array(entries)])
        return body
    }

    private static func entry(_ model: ModelCard, priority: Int) -> JSONValue {
        var entry = JSONObject([
            ("slug", .string(model.id)),
            ("display_name", .string(model.id)),
            ("description", .null),
            // Not every model thinks, and some servers refuse to be told how much.
            ("supported_reasoning_levels", []),
            ("shell_type", "shell_command"),
            ("visibility", "list"),
            ("supported_in_api", true),
            ("priority", JSONValue(priority)),
            ("upgrade", .null),
            ("base_instructions", .string(Self.instructions)),
            ("supports_reasoning_summaries", false),
            ("support_verbosity", false),
            ("default_verbosity", .null),
            ("apply_patch_tool_type", .null),
            ("truncation_policy", ["mode": "bytes", "limit": 10_000]),
            ("supports_parallel_tool_calls", false),
            ("experimental_supported_tools", []),
        ])
        entry["context_window"] = model.contextLength.map { JSONValue($0) }
        return .object(entry)
    }

    /// What a model is told that it is; Codex sends nothing else in its place.
    static let instructions = """
        You are a coding agent that runs in a terminal, in the user's own project. Work on the task until it is done, then say \
        briefly what you did. Look at files before you change them, keep changes small and in the style of what is there, and \
        run the project's tests where they exist. Use the tools for everything that has to be read, changed or run; do not guess \
        what a command would print. Do not touch what the task does not concern, do not commit unless you are asked to, and ask \
        before anything that cannot be undone.
        """
}
