import Testing

@testable import Upstream

struct ForwardablePathTests {
    @Test(arguments: [
        ("/v1/chat/completions", ForwardablePath.Dialect.chat), ("/v1/completions", .completions),
        ("/v1/embeddings", .embeddings),
    ])
    func callsAreForwarded(path: String, dialect: ForwardablePath.Dialect) {
        #expect(ForwardablePath.match(method: "POST", path: path)?.dialect == dialect)
    }

    @Test(arguments: [
        "GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "post", "POST ", "", "POST\r\nX: y",
    ])
    func onlyByTheirMethod(method: String) {
        #expect(ForwardablePath.match(method: method, path: "/v1/chat/completions") == nil)
    }

    @Test(arguments: [
        // What changes a server.
        "/api/pull", "/api/delete", "/api/create", "/api/copy", "/api/push", "/models/load", "/models/unload",
        "/api/v1/models/load", "/api/v1/models/download", "/v1/load_lora_adapter", "/flush_cache", "/update_weights",
        "/slots/0?action=erase", "/props",
        // What asks about it.
        "/", "/v1/models", "/api/tags", "/metrics", "/health", "/server_info",
        // Ways around.
        "", "*", "v1/chat/completions", "/v1/chat/completions/", "//v1/chat/completions", "/v1//chat/completions",
        "/v1/chat/completions?x=1", "/v1/chat/completions#x", "/v1/chat/../chat/completions", "/./v1/chat/completions",
        "/v1/chat%2Fcompletions", "/v1/chat/completions%00", "/V1/chat/completions", "/v1/chat/completions ",
        "/v1/chat/completions HTTP/1.1\r\nHost: x\r\n\r\nDELETE /api/delete", "http://127.0.0.1/v1/chat/completions",
        "/v1/chat/completions\u{0}", "/v1/chat/completions;x", "/v1\\chat\\completions", "/chat/completions",
    ])
    func nothingElse(path: String) {
        for method in ["POST", "GET", "DELETE"] {
            #expect(ForwardablePath.match(method: method, path: path) == nil)
        }
    }
}
