import Vocabulary

/// The questions to one server after it has listed its models, one method a kind.
///
/// Each answers `nil` when the server is not of that kind. What the servers answer is read off their sources: Ollama 0.33, SGLang
/// 0.5, vLLM 0.25, llama.cpp's server of 2026; LM Studio 0.4 by its documentation.
struct Survey: Sendable {
    let client: any ProbeClient
    let list: ModelList
    let saysLlamaCpp: Bool
    /// Whether a page that tells the kind was not shown now, and may be there: what the server is remains open.
    var isInDoubt = false

    /// Something that speaks OpenAI's API.
    func generic() -> UpstreamReport {
        UpstreamReport(
            kind: .generic,
            models: self.list.models { _, json in (json["max_model_len"]?.int ?? json["context_length"]?.int, nil) }
        )
    }

    /// llama.cpp: says so in `Server`, owns its models, and has `/props`.
    mutating func llamaCpp() async throws(ProbeFault) -> UpstreamReport? {
        let page = try await self.sight("/props")
        let props = page?.json
        let settings = props?["default_generation_settings"]
        let isKnown = self.saysLlamaCpp || self.list.owners.contains("llamacpp")
        guard isKnown || settings != nil || props?["build_info"] != nil else { return nil }
        // With a router in front of several models, the settings are nobody's in particular.
        let length = self.list.entries.count == 1 ? settings?["n_ctx"]?.int : nil
        // A question about its slots is work for it: one that sleeps would wake, and none would ever fall asleep.
        let isAsleep = props?["is_sleeping"]?.bool == true
        var slots = props?["total_slots"]?.int
        if slots == nil, !isAsleep { slots = try await self.page("/slots")?.array?.count }
        var report = UpstreamReport(
            kind: .llamaCpp,
            version: props?["build_info"]?.string,
            models: self.list.models { _, json in
                let abilities = json["capabilities"]?.array?.compactMap(\.string)
                let isEmbedding = abilities.map { $0.contains("embedding") && !$0.contains("completion") }
                return (length ?? json["meta"]?["n_ctx_train"]?.int, isEmbedding == true ? true : nil)
            },
            slots: slots,
            isAsleep: isAsleep
        )
        try await self.check("/health", &report)
        // It shows its models and its health to everybody, and the rest to who has its key. A proxy may hide the rest by itself, so a
        // call decides: one without content, which the server refuses before it looks at it.
        if report.healthy, props == nil,
            let call = try await self.answer(.post, "/v1/chat/completions", body: "{}"), call.refusesCredential
        {
            report.healthy = false
            report.reason = Prober.refusal(call)
        }
        return report
    }

    /// SGLang: owns its models, or has `/server_info`.
    mutating func sglang() async throws(ProbeFault) -> UpstreamReport? {
        var info = try await self.page("/server_info")
        if info?["version"] == nil { info = try await self.page("/get_server_info") }
        let isKnown = info?["version"]?.string != nil && info?["model_path"] != nil
        guard self.list.owners.contains("sglang") || isKnown else { return nil }
        var report = UpstreamReport(
            kind: .sglang,
            version: info?["version"]?.string,
            models: self.list.models { _, json in (json["max_model_len"]?.int, nil) },
            slots: info?["max_running_requests"]?.int
        )
        try await self.check("/health", &report)
        return report
    }

    /// vLLM: owns its models, and has `/version`.
    mutating func vllm() async throws(ProbeFault) -> UpstreamReport? {
        guard self.list.owners.contains("vllm"), let version = try await self.page("/version")?["version"]?.string
        else { return nil }
        var report = UpstreamReport(
            kind: .vllm,
            version: version,
            models: self.list.models { _, json in (json["max_model_len"]?.int, nil) }
        )
        try await self.check("/health", &report)
        return report
    }

    /// Ollama: has `/api/version` and says so at `/`.
    mutating func ollama(_ details: OllamaDetails) async throws(ProbeFault) -> UpstreamReport? {
        guard let version = try await self.page("/api/version")?["version"]?.string,
            let root = try await self.sight("/"), root.text.hasPrefix("Ollama is running")
        else { return nil }
        let known = try await details.gather(for: self.list.entries.map(\.id), self)
        return UpstreamReport(
            kind: .ollama,
            version: version,
            models: self.list.models { id, _ in (known[id]?.contextLength, known[id]?.isEmbedding) }
        )
    }

    /// LM Studio: lists its models with their type or their limits.
    ///
    /// It answers 200 to paths that it does not know, so only what is in the body counts.
    mutating func lmStudio() async throws(ProbeFault) -> UpstreamReport? {
        let newer = try await self.page("/api/v1/models")?["models"]?.array?.filter { $0["key"]?.string != nil }
        let older = newer == nil ? try await self.page("/api/v0/models")?["data"]?.array : nil
        let entries = (newer ?? older ?? []).filter { entry in
            ["type", "state", "max_context_length", "loaded_instances"].contains { entry[$0] != nil }
        }
        guard !entries.isEmpty || newer != nil else { return nil }
        var details: [String: JSON] = [:]
        for entry in entries {
            if let id = entry["id"]?.string ?? entry["key"]?.string { details[id] = entry }
        }
        return UpstreamReport(
            kind: .lmStudio,
            models: self.list.models { id, _ in
                let entry = details[id]
                let length = entry?["loaded_context_length"]?.int ?? entry?["max_context_length"]?.int
                return (length, entry?["type"]?.string.map { $0.hasPrefix("embedding") })
            }
        )
    }

    // MARK: Asking

    /// A page of JSON, or `nil` when the server has none there.
    mutating func page(_ path: String) async throws(ProbeFault) -> JSON? {
        try await self.sight(path)?.json
    }

    /// An answer; one that says nothing of whether the page is there leaves a doubt.
    private mutating func sight(_ path: String) async throws(ProbeFault) -> ProbeAnswer? {
        let answer = try await self.answer(.get, path)
        switch answer?.status {
        case nil, 408, 429: self.isInDoubt = true
        case .some(let status): if status >= 500, status != 501 { self.isInDoubt = true }
        }
        return answer
    }

    /// An answer, or `nil` when this one is broken or too large: other pages may still do.
    func answer(_ method: ProbeMethod, _ path: String, body: String? = nil) async throws(ProbeFault) -> ProbeAnswer? {
        do throws(ProbeFault) {
            return try await self.client.ask(method, path, body: body)
        } catch {
            switch error {
            case .unreachable, .timedOut, .unsure: throw error
            case .tooLarge, .broken: return nil
            }
        }
    }

    /// Asks a server for its health; one that has no such page counts as healthy.
    private func check(_ path: String, _ report: inout UpstreamReport) async throws(ProbeFault) {
        guard let answer = try await self.answer(.get, path), answer.status >= 500, answer.status != 501 else { return }
        report.healthy = false
        report.reason = Prober.complaint(answer) ?? "its model server says that it is not ready (\(answer.status))"
    }
}
