import Testing
import Vocabulary

@testable import Upstream

struct ForwardablePathTests {
    @Test(arguments: [
        ("/v1/chat/completions", UpstreamService.chat), ("/v1/completions", .completions),
        ("/v1/embeddings", .embeddings), ("/v1/messages", .messages), ("/v1/responses", .responses),
        ("/v1/chat/completions/input_tokens", .chatTokenCount), ("/v1/messages/count_tokens", .messagesTokenCount),
        ("/apply-template", .template), ("/tokenize", .tokenizer),
    ])
    func callsAreForwarded(path: String, service: UpstreamService) {
        #expect(ForwardablePath.match(method: "POST", path: path)?.service == service)
    }

    @Test func thereAreNoOthers() {
        #expect(ForwardablePath.all.count == 9)
        #expect(ForwardablePath.all.allSatisfy { $0.method == "POST" })
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
        "/v1/responses/resp_1", "/v1/messages/batches", "/detokenize", "/slots/0", "/v1/responses/compact",
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
