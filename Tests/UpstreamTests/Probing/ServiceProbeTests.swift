import Testing
import Vocabulary

@testable import Upstream

@Suite("What a server has beyond Chat")
struct ServiceProbeTests {
    private static let refusal = CannedServer.Page(status: 400, body: #"{"error":{"message":"messages is required"}}"#)

    private func server(_ kind: UpstreamKind, having services: [UpstreamService]) -> CannedServer {
        let server: CannedServer =
            switch kind {
            case .ollama: .ollama()
            case .llamaCpp: .llamaCpp()
            case .vllm: .vllm()
            case .sglang: .sglang()
            case .lmStudio: .lmStudio(newer: true)
            case .generic, .demo: .generic()
            }
        for service in services { server.set("POST \(service.path)", Self.refusal) }
        return server
    }

    private static let everything: [UpstreamService] = [
        .messages, .responses, .chatTokenCount, .messagesTokenCount, .template, .tokenizer,
    ]

    private static let kinds: [(kind: UpstreamKind, native: NativeUse, expected: Set<UpstreamService>)] = [
        (.ollama, .auto, []),
        (.ollama, .force, [.messages, .responses]),
        (.llamaCpp, .auto, [.chatTokenCount]),
        (.llamaCpp, .off, [.chatTokenCount]),
        (.llamaCpp, .force, [.messages, .responses, .chatTokenCount]),
        (.vllm, .auto, [.messages, .responses, .tokenizer]),
        (.vllm, .off, [.tokenizer]),
        (.sglang, .auto, [.messages, .responses, .messagesTokenCount]),
        (.lmStudio, .auto, [.messages, .responses]),
        (.lmStudio, .off, []),
        (.generic, .auto, []),
        (.generic, .force, [.messages, .responses]),
    ]

    @Test("of all that there is, a kind's own", arguments: kinds)
    func byKind(kind: UpstreamKind, native: NativeUse, expected: Set<UpstreamService>) async throws {
        let server = self.server(kind, having: Self.everything)
        let report = try await Prober(client: server, native: native).probe()
        #expect(report.kind == kind)
        #expect(report.services == expected)
        // Nothing but an empty object is sent where a model could answer.
        for question in server.asked where question.hasPrefix("POST /v1") { #expect(question.hasSuffix(" {}")) }
    }

    @Test("a server of an older version has less", arguments: [UpstreamKind.llamaCpp, .vllm, .sglang, .lmStudio])
    func nothing(kind: UpstreamKind) async throws {
        let report = try await Prober(client: self.server(kind, having: [])).probe()
        #expect(report.kind == kind)
        #expect(report.services.isEmpty)
    }

    @Test("an older llama.cpp counts in two steps, if it has both")
    func twoSteps() async throws {
        let both = try await Prober(client: self.server(.llamaCpp, having: [.template, .tokenizer])).probe()
        #expect(both.services == [.template, .tokenizer])
        let one = try await Prober(client: self.server(.llamaCpp, having: [.template])).probe()
        #expect(one.services.isEmpty)
    }

    @Test("it is asked once, and again when it is another version or was too busy to say")
    func memory() async throws {
        let server = self.server(.vllm, having: [.messages])
        let prober = Prober(client: server)
        server.set("POST /tokenize", .init(status: 503))
        #expect(try await prober.probe().services == [.messages])
        server.set("POST /tokenize", Self.refusal)
        #expect(try await prober.probe().services == [.messages, .tokenizer])
        server.forget()
        #expect(try await prober.probe(known: .vllm).services == [.messages, .tokenizer])
        #expect(!server.asked.contains { $0.hasPrefix("POST") })
        server.set("GET /version", .init(body: #"{"version":"0.99.0"}"#))
        server.set("POST /v1/messages", .init(status: 404))
        #expect(try await prober.probe(known: .vllm).services == [.tokenizer])
    }

    @Test("a server that is not well is not asked")
    func unhealthy() async throws {
        let server = self.server(.vllm, having: Self.everything)
        server.set("GET /health", .init(status: 503))
        #expect(try await Prober(client: server).probe().services.isEmpty)
        #expect(!server.asked.contains { $0.hasPrefix("POST") })
    }
}
