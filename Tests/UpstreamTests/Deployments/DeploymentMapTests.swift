import Testing
import TunnelProtocol
import Vocabulary

@testable import Upstream

struct DeploymentMapTests {
    /// One line a deployment: `name → model @ upstream`, and why not when it is not healthy.
    private func lines(_ outcome: DeploymentMap.Outcome) -> [String] {
        outcome.deployments.map { deployment in
            let reason = deployment.healthy ? "" : " (\(deployment.reason ?? "no reason"))"
            return "\(deployment.name) → \(deployment.model) @ \(deployment.upstream)\(reason)"
        }
    }

    private func map(
        _ scope: [String],
        choices: [(String, String)] = [],
        model: String? = nil
    ) -> DeploymentMap {
        DeploymentMap(
            scope: scope.compactMap { DeploymentPattern($0) },
            choices: choices.compactMap { choice in
                DeploymentName(choice.0).map { .init(name: $0, model: choice.1) }
            },
            model: model
        )
    }

    private func report(_ kind: UpstreamKind = .ollama, _ models: String...) -> UpstreamReport {
        UpstreamReport(
            kind: kind,
            models: models.map { UpstreamModel(id: $0, isEmbedding: ModelList.isNamedLikeEmbedding($0) ? true : nil) }
        )
    }

    private static let down = UpstreamReport(
        kind: .ollama,
        models: [UpstreamModel(id: "gemma3:4b")],
        healthy: false,
        reason: "its model server cannot be reached (connection refused)"
    )

    @Test func oneDeploymentAndOneModel() {
        let outcome = self.map(["home"]).resolve([self.report(.ollama, "gemma3:4b")])
        #expect(self.lines(outcome) == ["home → gemma3:4b @ 0"])
        #expect(outcome.faults.isEmpty)
    }

    @Test func oneDeploymentAndOneModelBesideEmbeddings() {
        let outcome = self.map(["home"]).resolve([self.report(.ollama, "nomic-embed-text", "gemma3:4b", "bge-m3")])
        #expect(self.lines(outcome) == ["home → gemma3:4b @ 0"])
    }

    @Test func onlyAnEmbeddingModel() {
        let outcome = self.map(["vectors"]).resolve([self.report(.ollama, "nomic-embed-text")])
        #expect(self.lines(outcome) == ["vectors → nomic-embed-text @ 0"])
    }

    @Test func aModelOfTheSameName() {
        let reports = [self.report(.ollama, "llama3:8b", "gemma3:latest", "qwen3:4b")]
        #expect(self.lines(self.map(["gemma3"]).resolve(reports)) == ["gemma3 → gemma3:latest @ 0"])
        let vllm = [self.report(.vllm, "google/gemma-3-4b-it", "org/Other")]
        #expect(self.lines(self.map(["gemma-3-4b-it"]).resolve(vllm)) == ["gemma-3-4b-it → google/gemma-3-4b-it @ 0"])
    }

    @Test func severalModels() {
        let outcome = self.map(["home"]).resolve([self.report(.ollama, "a", "b", "an-embedder")])
        #expect(self.lines(outcome) == ["home →  @ 0 (choose one with --model; found: a, b)"])
    }

    @Test func manyModelsDoNotMakeALongSentence() {
        var report = UpstreamReport(kind: .ollama)
        report.models = (1...20).map { UpstreamModel(id: "m\($0)") }
        let reason = self.map(["home"]).resolve([report]).deployments[0].reason
        #expect(reason == "choose one with --model; found: m1, m2, m3, m4, m5, m6, m7, m8 and 12 more")
    }

    @Test func theUsersModel() {
        let reports = [self.report(.ollama, "a", "b")]
        #expect(self.lines(self.map(["home"], model: "b").resolve(reports)) == ["home → b @ 0"])
        #expect(
            self.lines(self.map(["home"], model: "c").resolve(reports)) == [
                "home → c @ 0 (its model server does not offer c; found: a, b)"
            ]
        )
        // These may serve names that they do not list.
        for kind in [UpstreamKind.llamaCpp, .generic] {
            #expect(self.lines(self.map(["home"], model: "c").resolve([self.report(kind, "a")])) == ["home → c @ 0"])
        }
        // Ollama's own shorthand.
        #expect(
            self.lines(self.map(["home"], model: "g").resolve([self.report(.ollama, "x", "g:latest")])) == [
                "home → g:latest @ 0"
            ]
        )
    }

    @Test func theUsersMapWins() {
        let reports = [self.report(.ollama, "a", "b"), self.report(.vllm, "org/c")]
        let map = self.map(["one", "two", "b"], choices: [("one", "org/c"), ("b", "a")])
        #expect(
            self.lines(map.resolve(reports)) == [
                "b → a @ 0", "one → org/c @ 1",
                "two →  @ 0 (choose one with --model; found: a, b, org/c)",
            ]
        )
    }

    @Test func theUpstreamThatWasNamed() {
        let reports = [self.report(.ollama, "a"), self.report(.ollama, "a")]
        var map = self.map(["one"])
        map.choices = [.init(name: DeploymentName("one")!, model: "a", upstream: 1)]
        #expect(self.lines(map.resolve(reports)) == ["one → a @ 1"])
        map.choices = [.init(name: DeploymentName("one")!, model: "a", upstream: 7)]
        #expect(self.lines(map.resolve(reports)) == ["one → a @ 7 (its model server has not been asked yet)"])
    }

    @Test func severalNames() {
        let outcome = self.map(["a", "x"]).resolve([self.report(.ollama, "a", "b")])
        #expect(
            self.lines(outcome) == ["a → a @ 0", "x →  @ 0 (choose one with --deployment x=MODEL; found: a, b)"]
        )
    }

    @Test func outsideOfTheScope() {
        let map = self.map(["one", "home-*"], choices: [("two", "a"), ("home-x", "a")])
        let outcome = map.resolve([self.report(.ollama, "a")])
        #expect(
            outcome.faults == ["the deployment two is outside of what the tunnel token allows (one, home-*)"]
        )
        // The relay refuses it by itself, and says so.
        #expect(outcome.deployments.map(\.name.rawValue) == ["home-a", "home-x", "one", "two"])
    }

    @Test func aPatternPublishesEveryModel() {
        let reports = [self.report(.ollama, "gemma3:4b", "org/m", "my model", "nomic-embed-text")]
        #expect(
            self.lines(self.map(["home-*"]).resolve(reports)) == [
                "home-gemma3:4b → gemma3:4b @ 0", "home-my-model → my model @ 0",
                "home-nomic-embed-text → nomic-embed-text @ 0", "home-org/m → org/m @ 0",
            ]
        )
        #expect(
            self.lines(self.map(["*"]).resolve(reports)) == [
                "gemma3:4b → gemma3:4b @ 0", "my-model → my model @ 0", "nomic-embed-text → nomic-embed-text @ 0",
                "org/m → org/m @ 0",
            ]
        )
        #expect(
            self.lines(self.map(["a-*-z"]).resolve([self.report(.ollama, "m", "a-b-z")])) == [
                "a-b-z → a-b-z @ 0", "a-m-z → m @ 0",
            ]
        )
    }

    @Test func aModelThatHasThePatternsNameKeepsIt() {
        let outcome = self.map(["home-*"]).resolve([self.report(.ollama, "home-a", "a")])
        #expect(self.lines(outcome) == ["home-a → home-a @ 0", "home-a-2 → a @ 0"])
    }

    @Test func collisions() {
        let reports = [self.report(.ollama, "x y", "x-y"), self.report(.vllm, "x-y")]
        #expect(
            self.lines(self.map(["*"]).resolve(reports)) == ["x-y → x y @ 0", "x-y-2 → x-y @ 0", "x-y-3 → x-y @ 1"]
        )
        // The order in which a server lists its models changes nothing.
        let turned = [self.report(.ollama, "x-y", "x y"), self.report(.vllm, "x-y")]
        #expect(self.map(["*"]).resolve(turned) == self.map(["*"]).resolve(reports))
    }

    @Test func patternsThatOverlap() {
        let outcome = self.map(["home-a", "home-*", "*"]).resolve([self.report(.ollama, "home-a", "b")])
        #expect(self.lines(outcome) == ["home-a → home-a @ 0", "home-b → b @ 0"])
    }

    @Test func whatIsDown() {
        #expect(
            self.lines(self.map(["home"]).resolve([Self.down])) == [
                "home → gemma3:4b @ 0 (its model server cannot be reached (connection refused))"
            ]
        )
        #expect(
            self.lines(self.map(["home"], model: "other").resolve([.unhealthy("it is loading")])) == [
                "home → other @ 0 (it is loading)"
            ]
        )
        #expect(self.lines(self.map(["home"]).resolve([.unhealthy("gone")])) == ["home →  @ 0 (gone)"])
        #expect(
            self.lines(self.map(["home"]).resolve([nil])) == ["home →  @ 0 (its model server has not been asked yet)"]
        )
        #expect(self.lines(self.map(["home-*"]).resolve([nil])) == [])
        #expect(
            self.lines(self.map(["home"]).resolve([self.report()])) == [
                "home →  @ 0 (its model server offers no model yet)"
            ]
        )
    }

    @Test func oneThatIsWellComesFirst() {
        let reports = [Self.down, self.report(.vllm, "gemma3:4b")]
        #expect(self.lines(self.map(["gemma3:4b"]).resolve(reports)) == ["gemma3:4b → gemma3:4b @ 1"])
    }

    @Test func whatTheRelayIsTold() {
        let report = UpstreamReport(
            kind: .llamaCpp,
            version: "b1",
            models: [UpstreamModel(id: "m", contextLength: 4_096)],
            slots: 4
        )
        let deployment = self.map(["home"]).resolve([report]).deployments[0]
        let state = deployment.state(report: report, busy: 3)
        #expect(
            state
                == ControlMessage.DeploymentState(
                    name: "home",
                    model: "m",
                    upstream: "llama.cpp",
                    upstreamVersion: "b1",
                    dialects: ["chat", "completions", "embeddings"],
                    contextLength: 4_096,
                    slots: 4,
                    busy: 3,
                    healthy: true
                )
        )
    }
}
