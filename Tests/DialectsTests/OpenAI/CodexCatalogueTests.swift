import Dialects
import NIOCore
import Testing

@Suite("Codex' catalogue of models")
struct CodexCatalogueTests {
    @Test("every model has what Codex needs")
    func list() throws {
        let models = [
            ModelCard(id: "org/a:7b", created: 1, ownedBy: "adit", contextLength: 8_192),
            ModelCard(id: "b", created: 1, ownedBy: "adit"),
        ]
        let entries = try #require(try JSONValue(reading: CodexCatalogue.list(models))["models"]?.array)
        #expect(entries.map { $0["slug"]?.string } == ["org/a:7b", "b"])
        #expect(entries.map { $0["priority"]?.int } == [0, 1])
        #expect(entries.map { $0["context_window"]?.int } == [8_192, nil])
        // What `ModelInfo` has no default for.
        let needed: Set<String> = [
            "slug", "display_name", "description", "supported_reasoning_levels", "shell_type", "visibility",
            "supported_in_api", "priority", "upgrade", "base_instructions", "supports_reasoning_summaries",
            "support_verbosity", "default_verbosity", "apply_patch_tool_type", "truncation_policy",
            "supports_parallel_tool_calls", "experimental_supported_tools",
        ]
        for entry in entries {
            #expect(needed.isSubset(of: entry.object?.members.map(\.key) ?? []))
            #expect(entry["base_instructions"]?.string?.isEmpty == false)
            #expect(entry["visibility"]?.string == "list")
            #expect(entry["truncation_policy"]?["mode"]?.string == "bytes")
        }
    }

    @Test("none is a list too")
    func none() {
        #expect(String(buffer: CodexCatalogue.list([])) == #"{"models":[]}"#)
    }
}
