package import NIOCore
package import Vocabulary

/// Finds out what a model server is, what it offers and whether it is well, without ever sending it a prompt.
///
/// The servers imitate each other (llama.cpp and SGLang answer Ollama's paths, LM Studio answers 200 to everything), so the order
/// of the questions matters: see ``kinds``. Each answer is bounded in size and time.
package struct Prober: Sendable {
    /// The order in which kinds are tried; what answers to none of them is generic.
    static let kinds: [UpstreamKind] = [.llamaCpp, .sglang, .vllm, .ollama, .lmStudio]

    let client: (any ProbeClient)?
    let ollamaDetails = OllamaDetails()
    let services: ServiceProbe

    /// - Parameters:
    ///   - client: what asks; without one it is the demo model that is looked at.
    ///   - native: what of the server's own dialects is to be used.
    init(client: (any ProbeClient)?, native: NativeUse = .auto) {
        self.client = client
        self.services = ServiceProbe(native)
    }

    /// - Parameter eventLoop: where the questions are asked.
    /// - Throws: when the file of authorities cannot be used.
    package init(_ configuration: UpstreamConfiguration, eventLoop: any EventLoop) throws {
        switch configuration.address {
        case .demo:
            self.init(client: nil)
        case .server(let server):
            self.init(
                client: try SocketProbeClient(configuration, server: server, eventLoop: eventLoop),
                native: configuration.native
            )
        }
    }

    /// Asks the server.
    ///
    /// - Parameter known: what it was the last time, when it was well: it is asked as that first, which spares its log all the paths
    ///   that it does not know.
    /// - Returns: the report; unhealthy when the server answers, but not as one that takes calls.
    /// - Throws: when it does not answer, or leaves open whether it still is what it was.
    package func probe(known: UpstreamKind? = nil) async throws(ProbeFault) -> UpstreamReport {
        guard let client else { return Self.demo }
        var report = try await self.report(client, known: known)
        if report.healthy { report.services = await self.services.gather(for: report, client) }
        return report
    }

    private func report(
        _ client: any ProbeClient,
        known: UpstreamKind?
    ) async throws(ProbeFault) -> UpstreamReport {
        let answer = try await client.ask(.get, "/v1/models", body: nil)
        let isLlamaCpp = answer.server?.lowercased().hasPrefix("llama.cpp") == true
        if let reason = Self.refusal(answer) {
            return .unhealthy(reason, kind: isLlamaCpp ? .llamaCpp : known ?? .generic)
        }
        let list = ModelList(answer.json)
        var survey = Survey(client: client, list: list ?? ModelList(), saysLlamaCpp: isLlamaCpp)
        if known == .generic, !isLlamaCpp, let list, !list.entries.isEmpty { return survey.generic() }
        let first = isLlamaCpp ? UpstreamKind.llamaCpp : known
        for kind in [first].compactMap({ $0 }) + Self.kinds.filter({ $0 != first }) {
            survey.isInDoubt = false
            let report = try await self.report(as: kind, &survey)
            // One page that fails makes of a server that is known no other one.
            if kind == known, survey.isInDoubt, report?.healthy != false { throw .unsure }
            if let report { return report }
        }
        guard list != nil || [404, 405, 501].contains(answer.status) else {
            return .unhealthy("what answers there has no list of models, so it seems to be no model server")
        }
        // Some have no list, and serve nevertheless; what has no calls either is no model server.
        if list == nil, try await !Self.takesCalls(client) { return .unhealthy(Self.speaksNoneOfIt) }
        return survey.generic()
    }

    /// What is said of an address at which there are pages, and not those of OpenAI's API.
    package static let speaksNoneOfIt = "what answers there does not speak OpenAI's API at this address"

    /// Whether one of the paths for calls is there; each is asked with an empty object, which no server answers with its model.
    private static func takesCalls(_ client: any ProbeClient) async throws(ProbeFault) -> Bool {
        for path in ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"] {
            let answer = try await client.ask(.post, path, body: "{}")
            guard [404, 405, 501].contains(answer.status) else { return true }
            // A server that looks for the model first says that there is no such model.
            if Self.message(answer)?.lowercased().contains("model") == true { return true }
        }
        return false
    }

    /// What the demo model says of itself.
    static let demo = UpstreamReport(
        kind: .demo,
        version: "1",
        models: [UpstreamModel(id: DemoModel.name, isEmbedding: false)]
    )

    private func report(
        as kind: UpstreamKind,
        _ survey: inout Survey
    ) async throws(ProbeFault) -> UpstreamReport? {
        switch kind {
        case .llamaCpp: try await survey.llamaCpp()
        case .sglang: try await survey.sglang()
        case .vllm: try await survey.vllm()
        case .ollama: try await survey.ollama(self.ollamaDetails)
        case .lmStudio: try await survey.lmStudio()
        case .generic, .demo: nil
        }
    }

    /// Why a server that answers so takes no calls, or `nil` when its status says nothing of the kind.
    static func refusal(_ answer: ProbeAnswer) -> String? {
        switch answer.status {
        case 401, 403:
            return "its model server refuses the connector's credential (status \(answer.status))"
        case 500...:
            if answer.status == 501 { return nil }
            return self.complaint(answer) ?? "its model server answers with status \(answer.status)"
        default:
            return nil
        }
    }

    /// What a server says is wrong with it, such as that it is loading its model.
    static func complaint(_ answer: ProbeAnswer) -> String? {
        guard let message = self.message(answer) else { return nil }
        let words = String(message.prefix(120))
        return message.lowercased().contains("loading")
            ? "its model server is loading the model" : "its model server says «\(words)»"
    }

    private static func message(_ answer: ProbeAnswer) -> String? {
        let json = answer.anyJSON
        return json?["error"]?["message"]?.string ?? json?["error"]?.string ?? json?["message"]?.string
    }
}
