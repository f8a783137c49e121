import Testing
import Vocabulary

@testable import Upstream

struct ProberTests {
    private func probe(_ server: CannedServer, known: UpstreamKind? = nil) async throws -> UpstreamReport {
        try await Prober(client: server).probe(known: known)
    }

    @Test func ollama() async throws {
        let server = CannedServer.ollama()
        let prober = Prober(client: server)
        let report = try await prober.probe()
        #expect(
            report
                == UpstreamReport(
                    kind: .ollama,
                    version: "0.33.0",
                    models: [
                        UpstreamModel(id: "gemma3:4b", contextLength: 131_072, isEmbedding: false),
                        UpstreamModel(id: "nomic:latest", contextLength: 131_072, isEmbedding: false),
                    ]
                )
        )
        #expect(server.asked.contains(#"POST /api/show {"model":"gemma3:4b"}"#))
        // The next time models are not asked about again, and nothing that Ollama does not know.
        server.forget()
        server.set(
            "POST /api/show",
            .init(body: #"{"capabilities":["embedding"],"model_info":{"nomic.context_length":2048}}"#)
        )
        #expect(try await prober.probe(known: .ollama) == report)
        #expect(server.asked == ["GET /v1/models", "GET /api/version", "GET /"])
        // One that is new is.
        server.set("GET /v1/models", .init(body: #"{"data":[{"id":"new"},{"id":"gemma3:4b"}]}"#))
        let next = try await prober.probe(known: .ollama)
        #expect(next.models[0] == UpstreamModel(id: "new", contextLength: 2_048, isEmbedding: true))
        #expect(next.models[1].contextLength == 131_072)
    }

    @Test func llamaCpp() async throws {
        let server = CannedServer.llamaCpp()
        let report = try await self.probe(server)
        #expect(
            report
                == UpstreamReport(
                    kind: .llamaCpp,
                    version: "b9000-abcdef",
                    models: [UpstreamModel(id: "tiny.gguf", contextLength: 8_192)],
                    slots: 4
                )
        )
        #expect(
            server.asked.filter { $0.hasPrefix("GET") } == ["GET /v1/models", "GET /props", "GET /health"]
        )
    }

    @Test func llamaCppWithoutItsHeaderAndSlots() async throws {
        let server = CannedServer.llamaCpp()
        server.set("GET /v1/models", .init(body: #"{"data":[{"id":"a","meta":{"n_ctx_train":1}},{"id":"b"}]}"#))
        server.set("GET /slots", .init(status: 501, body: #"{"error":{"message":"not supported"}}"#))
        let report = try await self.probe(server)
        #expect(report.kind == .llamaCpp)
        #expect(report.models.map(\.contextLength) == [1, nil])
        #expect(report.slots == 4)
    }

    /// An older one counts its slots only on the page that keeps it awake.
    @Test(arguments: [true, false])
    func llamaCppThatDoesNotSayHowManySlots(isAsleep: Bool) async throws {
        let server = CannedServer.llamaCpp()
        server.set("GET /props", .init(body: #"{"build_info":"b1","is_sleeping":\#(isAsleep)}"#))
        #expect(try await self.probe(server).slots == (isAsleep ? nil : 3))
        #expect(server.asked.contains("GET /slots") == !isAsleep)
    }

    /// What it has is found out when it is awake, and remembered when it sleeps again.
    @Test func llamaCppThatSleeps() async throws {
        let server = CannedServer.llamaCpp()
        let counting = "POST /v1/chat/completions/input_tokens"
        server.set(counting, .init(status: 400))
        func falls(asleep: Bool) {
            server.set(
                "GET /props",
                .init(body: #"{"total_slots":4,"build_info":"b1","is_sleeping":\#(asleep)}"#)
            )
        }
        let prober = Prober(client: server)
        falls(asleep: true)
        let asleep = try await prober.probe()
        #expect(asleep.isAsleep && asleep.healthy && asleep.slots == 4 && asleep.services.isEmpty)
        #expect(server.asked == ["GET /v1/models", "GET /props", "GET /health"])
        falls(asleep: false)
        let awake = try await prober.probe(known: .llamaCpp)
        #expect(!awake.isAsleep && awake.services == [.chatTokenCount])
        server.forget()
        falls(asleep: true)
        #expect(try await prober.probe(known: .llamaCpp).services == [.chatTokenCount])
        #expect(server.asked == ["GET /v1/models", "GET /props", "GET /health"])
    }

    /// Its list and its health are there for everybody.
    @Test(arguments: [401, 403])
    func llamaCppWhoseKeyIsAnother(status: Int) async throws {
        let no = CannedServer.Page(
            status: status,
            body: #"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#
        )
        let server = CannedServer.llamaCpp()
        for question in ["GET /props", "GET /slots", "POST /v1/chat/completions"] { server.set(question, no) }
        for known in [nil, UpstreamKind.llamaCpp] {
            let report = try await self.probe(server, known: known)
            #expect(report.kind == .llamaCpp && !report.healthy && report.models.map(\.id) == ["tiny.gguf"])
            #expect(report.reason == "its model server refuses the connector's credential (status \(status))")
        }
        // A proxy may hide the page, and the server's name with it: what is refused is refused all the same.
        server.set("GET /props", .init(status: 404))
        server.set("GET /v1/models", .init(body: #"{"data":[{"id":"tiny.gguf","owned_by":"llamacpp"}]}"#))
        let hidden = try await self.probe(server)
        #expect(hidden.kind == .llamaCpp && !hidden.healthy)
        #expect(hidden.reason == "its model server refuses the connector's credential (status \(status))")
        // A proxy that lets only calls through hides the page too.
        server.set("POST /v1/chat/completions", .init(status: 400))
        #expect(try await self.probe(server).healthy)
    }

    @Test func llamaCppThatLoads() async throws {
        let loading = CannedServer.Page(
            status: 503,
            body: #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
            server: "llama.cpp"
        )
        let server = CannedServer.llamaCpp()
        for page in ["GET /props", "GET /slots", "GET /health"] { server.set(page, loading) }
        var report = try await self.probe(server)
        #expect(report.kind == .llamaCpp)
        #expect(!report.healthy)
        #expect(report.reason == "its model server is loading the model")
        // Older ones say so to everything.
        server.set("GET /v1/models", loading)
        report = try await self.probe(server)
        #expect(report.kind == .llamaCpp)
        #expect(!report.healthy)
        #expect(report.reason == "its model server is loading the model")
    }

    @Test func vllm() async throws {
        let server = CannedServer.vllm()
        let report = try await self.probe(server)
        #expect(
            report
                == UpstreamReport(
                    kind: .vllm,
                    version: "0.25.2",
                    models: [UpstreamModel(id: "org/m", contextLength: 40_960), UpstreamModel(id: "lora")]
                )
        )
        server.forget()
        #expect(try await self.probe(server, known: .vllm) == report)
        #expect(server.asked.filter { $0.hasPrefix("GET") } == ["GET /v1/models", "GET /version", "GET /health"])
        server.set("GET /health", .init(status: 503))
        let ill = try await self.probe(server)
        #expect(!ill.healthy)
        #expect(ill.reason == "its model server says that it is not ready (503)")
    }

    @Test(arguments: ["GET /server_info", "GET /get_server_info"])
    func sglang(page: String) async throws {
        let server = CannedServer.sglang()
        server.set("GET /server_info", nil)
        server.set(page, .init(body: #"{"version":"0.5.23","model_path":"org/m","max_running_requests":48}"#))
        let report = try await self.probe(server)
        #expect(
            report
                == UpstreamReport(
                    kind: .sglang,
                    version: "0.5.23",
                    models: [UpstreamModel(id: "org/m", contextLength: 32_768)],
                    slots: 48
                )
        )
    }

    @Test func sglangUnderAnotherOwner() async throws {
        let server = CannedServer.sglang()
        server.set("GET /v1/models", .init(body: #"{"data":[{"id":"m","owned_by":"me"}]}"#))
        #expect(try await self.probe(server).kind == .sglang)
    }

    @Test func lmStudio() async throws {
        let newer = try await self.probe(.lmStudio(newer: true))
        #expect(newer.kind == .lmStudio)
        #expect(
            newer.models == [
                UpstreamModel(id: "google/gemma", contextLength: 131_072, isEmbedding: false),
                UpstreamModel(id: "text-nomic", contextLength: 2_048, isEmbedding: true),
            ]
        )
        let older = try await self.probe(.lmStudio(newer: false))
        #expect(older.kind == .lmStudio)
        #expect(older.models[0].contextLength == 4_096)
        #expect(older.models[1].isEmbedding == true)
        #expect(older.healthy)
    }

    @Test func generic() async throws {
        let report = try await self.probe(.generic())
        #expect(report == UpstreamReport(kind: .generic, models: [UpstreamModel(id: "m")]))
        // One that is known is spared what it does not know.
        let server = CannedServer.generic()
        #expect(try await self.probe(server, known: .generic) == report)
        #expect(server.asked == ["GET /v1/models"])
    }

    @Test func theDemoModel() async throws {
        let report = try await Prober(client: nil).probe()
        #expect(report.kind == .demo)
        #expect(report.healthy)
        #expect(report.models.map(\.id) == ["adit-demo"])
    }

    /// Another server at the same address.
    @Test func aKindThatHasChanged() async throws {
        #expect(try await self.probe(.llamaCpp(), known: .ollama).kind == .llamaCpp)
        #expect(try await self.probe(.vllm(), known: .ollama).kind == .vllm)
        #expect(try await self.probe(.ollama(), known: .vllm).kind == .ollama)
        #expect(try await self.probe(.llamaCpp(), known: .generic).kind == .llamaCpp)
    }

    /// A proxy before it, or one of several servers behind it, was away for a moment.
    @Test(arguments: [408, 429, 500, 502, 503, 504])
    func aKnownServerWhosePageFails(status: Int) async throws {
        let failing = CannedServer.Page(status: status)
        let cases: [(server: CannedServer, kind: UpstreamKind, page: String)] = [
            (.vllm(), .vllm, "GET /version"), (.ollama(), .ollama, "GET /api/version"), (.ollama(), .ollama, "GET /"),
            (.sglang(), .sglang, "GET /server_info"), (.lmStudio(newer: true), .lmStudio, "GET /api/v1/models"),
        ]
        for (server, kind, page) in cases {
            server.set(page, failing)
            await #expect(throws: ProbeFault.unsure) { try await self.probe(server, known: kind) }
            // It is no other one either.
            #expect(!server.asked.contains("GET /props"))
            // Where nothing is known, what there is must do.
            #expect(try await self.probe(server).healthy)
        }
    }

    /// It says itself that it is not ready.
    @Test func aKnownServerThatIsIll() async throws {
        let server = CannedServer.sglang()
        for page in ["GET /server_info", "GET /health"] { server.set(page, .init(status: 503)) }
        #expect(try await self.probe(server, known: .sglang).healthy == false)
    }

    @Test func nothingIsEverGenerated() async throws {
        let servers: [CannedServer] = [
            .ollama(), .llamaCpp(), .vllm(), .sglang(), .lmStudio(newer: true), .lmStudio(newer: false), .generic(),
        ]
        for server in servers {
            _ = try await self.probe(server)
            for question in server.asked {
                // Where a model could answer, it gets nothing that could be answered.
                let isEmpty = question.hasPrefix("POST ") && question.hasSuffix(" {}")
                let isFree = question.hasPrefix("GET ") || question.hasPrefix("POST /api/show ") || isEmpty
                #expect(isFree, "\(question)")
                #expect(!question.contains("generate") && !question.contains("completions "), "\(question)")
            }
        }
    }

    @Test(arguments: [
        (401, "", "its model server refuses the connector's credential (status 401)"),
        (403, "{}", "its model server refuses the connector's credential (status 403)"),
        (500, "oops", "its model server answers with status 500"),
        (502, "<html>", "its model server answers with status 502"),
        (503, #"{"error":{"message":"Loading model"}}"#, "its model server is loading the model"),
        (503, #"{"error":"server busy"}"#, "its model server says «server busy»"),
        (200, "<html>It works!</html>", "what answers there has no list of models, so it seems to be no model server"),
        (200, #"{"data":"x"}"#, "what answers there has no list of models, so it seems to be no model server"),
        (302, "", "what answers there has no list of models, so it seems to be no model server"),
    ])
    func whatIsNotWell(status: Int, body: String, reason: String) async throws {
        let report = try await self.probe(.generic(status, body))
        #expect(!report.healthy)
        #expect(report.reason == reason)
    }

    @Test func aServerWithoutAListOfModels() async throws {
        let missing = #"{"error":{"message":"no such model"}}"#
        let pages = [CannedServer.Page(status: 400), .init(status: 401), .init(status: 404, body: missing)]
        for path in ["/v1/chat/completions", "/v1/embeddings"] {
            for page in pages {
                let server = CannedServer.generic(404, "not found")
                server.set("POST \(path)", page)
                #expect(try await self.probe(server) == UpstreamReport(kind: .generic), "\(path) \(page)")
            }
        }
    }

    @Test func whatHasNeitherAListNorCalls() async throws {
        let server = CannedServer.generic(404, "not found")
        #expect(try await self.probe(server) == .unhealthy(Prober.speaksNoneOfIt))
        #expect(server.asked.contains("POST /v1/chat/completions {}"))
    }

    @Test(arguments: [ProbeFault.timedOut, .unreachable("connection refused"), .broken("x"), .tooLarge])
    func aServerThatDoesNotAnswer(fault: ProbeFault) async throws {
        let server = CannedServer.generic()
        server.fails(fault)
        await #expect(throws: fault) { try await Prober(client: server).probe() }
    }

    @Test func oddLists() async throws {
        let body = #"{"data":[{"id":"a","max_model_len":-1},{"id":""},{"name":"x"},7,null,{"id":5},{"id":"b-embed"}]}"#
        let report = try await self.probe(.generic(200, body))
        #expect(report.models == [UpstreamModel(id: "a"), UpstreamModel(id: "b-embed", isEmbedding: true)])
    }

    @Test(arguments: [
        ("nomic-embed-text:latest", true), ("BAAI/bge-m3", true), ("intfloat/e5-large", true),
        ("sentence-transformers/all-MiniLM-L6-v2", true), ("bge-reranker", true), ("gemma3:4b", false),
        ("qwen/qwen3-8b", false), ("me5-chat", false),
    ])
    func namesOfEmbeddingModels(id: String, isEmbedding: Bool) {
        #expect(ModelList.isNamedLikeEmbedding(id) == isEmbedding)
    }
}
