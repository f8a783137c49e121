private import NIOCore
private import NIOHTTP1

extension ScriptedUpstream {
    /// The model servers that a connector tells apart, each as it answers discovery and complains.
    ///
    /// Answers follow what the servers send (Ollama 0.33, llama.cpp's server of 2026, vLLM 0.25, SGLang 0.5.23,
    /// LM Studio 0.4), cut down to what tells them apart.
    package enum Kind: String, CaseIterable, Sendable {
        case ollama
        case llamaCpp
        case vllm
        case sglang
        case lmStudio
        case generic
    }
}

extension ScriptedUpstream.Kind {
    /// An answer to a question about the server itself.
    struct Discovery {
        var status = 200
        var body: String
        var type = "application/json"
        var headers: [(String, String)] = []
    }

    /// What the server says about itself, or `nil` when the request is a call.
    /// - Parameter paths: what it has beyond Chat, completions and embeddings.
    func discovery(_ call: UpstreamCall, models: [String], paths: Set<String>) -> Discovery? {
        // What no model server has: a test that asks for it answers by itself.
        if call.path.hasPrefix("/images/") { return nil }
        let isCall = paths.union(["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]).contains(call.path)
        // Probes for further dialects send an empty object; they never reach a model.
        if isCall, call.text == "{}" {
            return Discovery(status: 400, body: #"{"error":{"message":"model is required"}}"#)
        }
        if call.method == "POST", !isCall {
            return self == .ollama && call.path == "/api/show"
                ? Discovery(
                    body: #"{"capabilities":["completion","tools"],"model_info":{"llama.context_length":8192}}"#
                )
                : self.nothing(call)
        }
        guard call.method == "GET" || call.method == "HEAD" else { return nil }
        if call.path == "/v1/models" || call.path == "/models" { return self.modelList(models) }
        return self.ownPage(call.path, models: models) ?? self.nothing(call)
    }

    private func modelList(_ models: [String]) -> Discovery {
        let owner =
            switch self {
            case .ollama: "library"
            case .llamaCpp: "llamacpp"
            case .vllm: "vllm"
            case .sglang: "sglang"
            case .lmStudio: "organization_owner"
            case .generic: "someone"
            }
        let length = self == .vllm || self == .sglang ? #","max_model_len":8192"# : ""
        let list = models.map {
            #"{"id":"\#($0)","object":"model","created":1790000000,"owned_by":"\#(owner)"\#(length)}"#
        }
        return Discovery(
            body: #"{"object":"list","data":[\#(list.joined(separator: ","))]}"#,
            headers: self == .llamaCpp ? [("server", "llama.cpp")] : []
        )
    }

    private func ownPage(_ path: String, models: [String]) -> Discovery? {
        switch (self, path) {
        case (.ollama, "/"): Discovery(body: "Ollama is running", type: "text/plain")
        case (.ollama, "/api/version"): Discovery(body: #"{"version":"0.33.0"}"#)
        case (.ollama, "/api/tags"):
            Discovery(
                body: #"{"models":[\#(models.map { #"{"name":"\#($0)","model":"\#($0)"}"# }.joined(separator: ","))]}"#
            )
        case (.ollama, "/api/ps"): Discovery(body: #"{"models":[]}"#)
        case (.llamaCpp, "/health"): Discovery(body: #"{"status":"ok"}"#)
        case (.llamaCpp, "/props"):
            Discovery(
                body: #"{"default_generation_settings":{"n_ctx":8192},"total_slots":4,"build_info":"b9000-abcdef"}"#
            )
        case (.llamaCpp, "/slots"): Discovery(body: #"[{"id":0,"is_processing":false,"n_ctx":8192}]"#)
        case (.vllm, "/health"): Discovery(body: "")
        case (.vllm, "/version"): Discovery(body: #"{"version":"0.25.2"}"#)
        case (.vllm, "/load"): Discovery(body: #"{"server_load":0}"#)
        case (.sglang, "/"): Discovery(body: "SGLang is running", type: "text/plain")
        case (.sglang, "/health"): Discovery(body: "")
        case (.sglang, "/server_info"), (.sglang, "/get_server_info"):
            Discovery(body: #"{"version":"0.5.23","model_path":"org/model"}"#)
        case (.lmStudio, "/api/v0/models"):
            Discovery(
                body: """
                    {"object":"list","data":[\(models.map {
                    #"{"id":"\#($0)","type":"llm","state":"loaded","max_context_length":8192}"#
                    }.joined(separator: ","))]}
                    """
            )
        default: nil
        }
    }

    /// The answer to a path that the server does not know.
    private func nothing(_ call: UpstreamCall) -> Discovery {
        switch self {
        case .lmStudio:
            // LM Studio says 200 to everything.
            Discovery(
                body: #"""
                    {"error":"Unexpected endpoint or method. (\#(call.method) \#(call.path)). Returning 200 anyway"}
                    """#
            )
        case .llamaCpp:
            Discovery(
                status: 404,
                body: #"{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}"#
            )
        case .vllm, .sglang:
            Discovery(status: 404, body: #"{"detail":"Not Found"}"#)
        case .ollama, .generic:
            Discovery(status: 404, body: "404 page not found", type: "text/plain")
        }
    }
}

extension UpstreamCall {
    /// Answers a question about the server itself.
    func answer(_ discovery: ScriptedUpstream.Kind.Discovery) async throws {
        try await self.answer(
            discovery.body,
            status: discovery.status,
            type: discovery.type,
            headers: discovery.headers
        )
    }
}
