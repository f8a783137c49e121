import NIOCore
import Synchronization

@testable import Upstream

/// A model server as its answers to a prober: path by path.
final class CannedServer: ProbeClient {
    struct Page {
        var status = 200
        var body = ""
        var server: String?
    }

    /// What it was asked, in order: `GET /v1/models`.
    var asked: [String] { self.state.withLock { $0.asked } }

    private struct State {
        var pages: [String: Page] = [:]
        var other = Page(status: 404, body: "404 page not found")
        var fault: ProbeFault?
        var asked: [String] = []
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - pages: answers by method and path.
    ///   - other: the answer to everything else.
    init(_ pages: [String: Page], other: Page? = nil) {
        self.state.withLock { state in
            state.pages = pages
            if let other { state.other = other }
        }
    }

    func set(_ question: String, _ page: Page?) {
        self.state.withLock { $0.pages[question] = page }
    }

    /// Nothing is answered any more.
    func fails(_ fault: ProbeFault) {
        self.state.withLock { $0.fault = fault }
    }

    func forget() {
        self.state.withLock { $0.asked = [] }
    }

    func ask(_ method: ProbeMethod, _ path: String, body: String?) async throws(ProbeFault) -> ProbeAnswer {
        let question = "\(method.rawValue) \(path)"
        let (page, fault) = self.state.withLock { state in
            state.asked.append(body.map { "\(question) \($0)" } ?? question)
            return (state.pages[question] ?? state.other, state.fault)
        }
        if let fault { throw fault }
        return ProbeAnswer(
            status: page.status,
            server: page.server,
            body: ByteBuffer(string: page.body)
        )
    }
}

extension CannedServer {
    static func ollama() -> CannedServer {
        CannedServer([
            "GET /v1/models": Page(
                body: #"""
                    {"object":"list","data":[
                    {"id":"gemma3:4b","object":"model","created":1790000000,"owned_by":"library"},
                    {"id":"nomic:latest","object":"model","created":1790000000,"owned_by":"library"}]}
                    """#
            ),
            "GET /": Page(body: "Ollama is running"),
            "GET /api/version": Page(body: #"{"version":"0.33.0"}"#),
            "GET /api/tags": Page(body: #"{"models":[]}"#),
            "POST /api/show": Page(
                body: #"{"capabilities":["completion","tools"],"model_info":{"gemma3.context_length":131072}}"#
            ),
        ])
    }

    static func llamaCpp() -> CannedServer {
        CannedServer(
            [
                "GET /v1/models": Page(
                    body: #"""
                        {"models":[{"name":"tiny.gguf","capabilities":["completion"]}],"object":"list","data":[
                        {"id":"tiny.gguf","object":"model","owned_by":"llamacpp","meta":{"n_ctx_train":32768}}]}
                        """#,
                    server: "llama.cpp"
                ),
                "GET /props": Page(
                    body: #"""
                        {"default_generation_settings":{"n_ctx":8192,"params":{}},"total_slots":4,
                        "model_path":"/m/tiny.gguf","build_info":"b9000-abcdef","is_sleeping":false}
                        """#
                ),
                "GET /slots": Page(
                    body:
                        #"[{"id":0,"is_processing":true},{"id":1,"is_processing":false},{"id":2,"is_processing":true}]"#
                ),
                "GET /health": Page(body: #"{"status":"ok"}"#),
                // It has Ollama's paths too.
                "GET /api/tags": Page(body: #"{"models":[{"name":"tiny.gguf"}]}"#),
            ],
            other: Page(
                status: 404,
                body: #"{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}"#
            )
        )
    }

    static func vllm() -> CannedServer {
        CannedServer(
            [
                "GET /v1/models": Page(
                    body: #"""
                        {"object":"list","data":[{"id":"org/m","object":"model","owned_by":"vllm","root":"org/m",
                        "parent":null,"max_model_len":40960},
                        {"id":"lora","object":"model","owned_by":"vllm","parent":"org/m"}]}
                        """#,
                    server: "uvicorn"
                ),
                "GET /version": Page(body: #"{"version":"0.25.2"}"#),
                "GET /health": Page(),
                "GET /metrics": Page(body: "vllm:num_requests_running 0"),
            ],
            other: Page(status: 404, body: #"{"detail":"Not Found"}"#)
        )
    }

    static func sglang() -> CannedServer {
        CannedServer(
            [
                "GET /v1/models": Page(
                    body: #"""
                        {"object":"list","data":[{"id":"org/m","object":"model","owned_by":"sglang",
                        "max_model_len":32768}]}
                        """#
                ),
                "GET /server_info": Page(
                    body: #"{"version":"0.5.23","model_path":"org/m","max_running_requests":48}"#
                ),
                "GET /health": Page(),
                // It has Ollama's paths too, and vLLM's.
                "GET /": Page(body: "SGLang is running"),
                "GET /api/version": Page(body: #"{"version":"0.0.1"}"#),
                "GET /version": Page(body: #"{"version":"0.5.23"}"#),
            ],
            other: Page(status: 404, body: #"{"detail":"Not Found"}"#)
        )
    }

    /// - Parameter newer: whether it has the pages of 0.4 and later.
    static func lmStudio(newer: Bool) -> CannedServer {
        let own =
            newer
            ? (
                "GET /api/v1/models",
                #"""
                {"models":[{"key":"google/gemma","type":"llm","max_context_length":131072,"loaded_instances":[]},
                {"key":"text-nomic","type":"embedding","max_context_length":2048}]}
                """#
            )
            : (
                "GET /api/v0/models",
                #"""
                {"object":"list","data":[{"id":"google/gemma","type":"vlm","state":"loaded","max_context_length":131072,
                "loaded_context_length":4096},{"id":"text-nomic","type":"embeddings","state":"not-loaded",
                "max_context_length":2048}]}
                """#
            )
        return CannedServer(
            [
                "GET /v1/models": Page(
                    body: #"""
                        {"object":"list","data":[{"id":"google/gemma","object":"model","owned_by":"organization_owner"},
                        {"id":"text-nomic","object":"model","owned_by":"organization_owner"}]}
                        """#
                ),
                own.0: Page(body: own.1),
            ],
            other: Page(body: #"{"error":"Unexpected endpoint or method. (GET /x). Returning 200 anyway"}"#)
        )
    }

    static func generic(_ status: Int = 200, _ body: String = #"{"object":"list","data":[{"id":"m"}]}"#) -> CannedServer
    {
        CannedServer(["GET /v1/models": Page(status: status, body: body)])
    }
}
