private import Synchronization

/// Everything of one test: a scripted upstream, a connector beside it, and a relay before it, with one deployment.
package final class Stand: Sendable {
    /// The public name that callers use.
    package static let deployment = "gemma-tunnel"
    /// What is asked when a test does not care; no program says the like by itself.
    package static let prompt = "Hello, this is between you and me"
    /// The upstream's own name of the model.
    package static let model = "scripted"

    package let upstream: ScriptedUpstream
    package let relay: RelayUnderTest
    package let connector: ConnectorUnderTest
    /// What lies between connector and relay, where the plan wants it.
    package let proxy: FaultProxy?
    /// What stands before the relay, where the plan wants it.
    package let front: (any Front)?
    package let key: Created
    package let token: Created
    /// A caller with the key.
    package let caller: HTTPCaller
    /// What may stand nowhere.
    package var confidences: Confidences { self.relay.confidences }

    private let hasFailed = Mutex(false)

    /// The stand of the test that is running.
    @TaskLocal package static var current: Stand?

    private init(
        upstream: ScriptedUpstream,
        relay: RelayUnderTest,
        connector: ConnectorUnderTest,
        proxy: FaultProxy?,
        front: (any Front)?,
        key: Created,
        token: Created
    ) throws {
        self.upstream = upstream
        self.relay = relay
        self.connector = connector
        self.proxy = proxy
        self.front = front
        self.key = key
        self.token = token
        self.caller = try relay.caller(key: key.secret)
    }

    /// How a stand is to be.
    package struct Plan: Sendable {
        package var kind = ScriptedUpstream.Kind.generic
        package var closesAfterAnswer = false
        /// What the upstream has beyond Chat, completions and embeddings.
        package var paths: Set<String> = []
        /// Flags of `adit-relay serve`.
        package var relay: [String] = []
        /// Flags of `adit-connector run`.
        package var connector: [String] = []
        /// Whether the connector dials a ``FaultProxy`` in the relay's place.
        package var isProxied = false
        /// Starts what the connector dials in the relay's place.
        package var front: (@Sendable (RelayUnderTest) async throws -> any Front)?
        /// Of the connector, beside `PATH` and its token.
        package var environment: [String: String] = [:]

        package init() {}
    }

    /// Builds a stand, lends it, and takes it down whatever happens; after a failure the programs' logs are printed.
    package static func with(
        _ plan: Plan = Plan(),
        _ body: @Sendable (Stand) async throws -> Void
    ) async throws {
        let stand = try await Self.build(plan)
        do {
            try await Self.$current.withValue(stand) { try await body(stand) }
        } catch {
            stand.noteFailure()
            _ = try? await stand.takeDown()
            throw error
        }
        let leaks = try await stand.takeDown()
        guard leaks.isEmpty else { throw ProgramFailure(leaks.joined(separator: "\n")) }
    }

    /// Remembers that something went wrong, so that the logs are shown at the end.
    package func noteFailure() { self.hasFailed.withLock { $0 = true } }

    private static func build(_ plan: Plan) async throws -> Stand {
        let relay = try await RelayUnderTest.start(plan.relay)
        let upstream = try await ScriptedUpstream.start(
            plan.kind,
            models: [Self.model],
            paths: plan.paths,
            closesAfterAnswer: plan.closesAfterAnswer,
            confidences: relay.confidences
        )
        try await relay.createDeployment(Self.deployment)
        let key = try await relay.createKey()
        let token = try await relay.createToken(Self.deployment)
        let proxy = plan.isProxied ? try await FaultProxy.start(to: relay.port) : nil
        let front = try await plan.front?(relay)
        let connector = try await ConnectorUnderTest.start(
            relay: relay,
            at: front?.url ?? proxy.map { "https://127.0.0.1:\($0.port)" },
            token: token.secret,
            upstream: upstream.url,
            flags: plan.connector,
            environment: plan.environment
        )
        return try Stand(
            upstream: upstream,
            relay: relay,
            connector: connector,
            proxy: proxy,
            front: front,
            key: key,
            token: token
        )
    }

    /// - Returns: what stands where it may not.
    private func takeDown() async throws -> [String] {
        // One that has ended, or was stopped by a test, cannot be asked.
        let asking = self.relay.program.processIdentifier == nil ? nil : try? await self.caller.get("/metrics").text
        await self.connector.stop()
        await self.proxy?.stop()
        await self.front?.stop()
        await self.relay.stop()
        await self.upstream.stop()
        let leaks = try self.leaks(metrics: asking ?? "")
        guard self.hasFailed.withLock({ $0 }) || !leaks.isEmpty else { return [] }
        print("—— relay ——\n\(self.relay.program.lastWords)")
        print("—— connector ——\n\(self.connector.program.lastWords)")
        return leaks
    }
}

extension Stand {
    /// The body of a chat call.
    /// - Parameters:
    ///   - prompt: the user's message.
    ///   - more: further members of the object, each with a comma before it.
    package static func chat(_ prompt: String = Stand.prompt, _ more: String = "") -> String {
        #"{"model":"\#(Self.deployment)","messages":[{"role":"user","content":"\#(prompt)"}]\#(more)}"#
    }

    /// The body of a streamed chat call.
    package static func streamedChat(_ prompt: String = Stand.prompt, _ more: String = "") -> String {
        Self.chat(prompt, #","stream":true"# + more)
    }

    /// Waits until calls reach the upstream, after something was away.
    package func isServing(within seconds: Double = 30) async throws {
        let body = Self.chat("Are you there?", #","script":"ready""#)
        self.upstream.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
        try await eventually(within: seconds, "calls are answered again") {
            let answer = try? await self.caller.post("/v1/chat/completions", body)
            return answer?.status == 200
        }
    }
}
