import TestSupport
import Testing

extension Faults {
    /// Several connectors for one deployment, each with a model server of its own.
    @Suite
    struct SeveralConnectorsTests {
        private static let path = "/v1/chat/completions"
        private static let say = #","script":"say""#

        /// A model server and its connector beside the stand's.
        private struct Other: Sendable {
            let upstream: ScriptedUpstream
            let connector: ConnectorUnderTest
        }

        private static func with(
            _ count: Int,
            _ body: @Sendable @escaping (Stand, [Other]) async throws -> Void
        ) async throws {
            try await Stand.with { stand in
                var others: [Other] = []
                for _ in 1..<count {
                    let upstream = try await ScriptedUpstream.start(models: [Stand.model])
                    let connector = try await ConnectorUnderTest.start(
                        relay: stand.relay,
                        token: stand.token.secret,
                        upstream: upstream.url
                    )
                    others.append(Other(upstream: upstream, connector: connector))
                }
                let outcome: Result<Void, any Error>
                do {
                    try await stand.serving(count)
                    outcome = .success(try await body(stand, others))
                } catch {
                    outcome = .failure(error)
                }
                for other in others {
                    await other.connector.stop()
                    await other.upstream.stop()
                }
                try outcome.get()
            }
        }

        private static func generations(_ upstream: ScriptedUpstream) -> Int {
            upstream.requests.count { $0 == "POST \(Self.path)" }
        }

        /// Calls that go on for long are spread: the next one goes to whoever has the fewest.
        @Test func callsAreSpread() async throws {
            try await Self.with(3) { stand, others in
                let upstreams = [stand.upstream] + others.map(\.upstream)
                for upstream in upstreams {
                    upstream.script("endless") { call in
                        try await call.begin()
                        try await call.send(event: UpstreamCall.words("first"))
                        try await call.disconnected.wait()
                    }
                }
                var answers: [ComingAnswer] = []
                for number in 0..<9 {
                    let body = Stand.streamedChat("stream \(number)", #","script":"endless""#)
                    let coming = try await stand.caller.start("POST", Self.path, body: body)
                    try await withDeadline(30, "a stream begins") {
                        _ = try await coming.head()
                        _ = try await coming.text(until: "\n\n")
                    }
                    answers.append(coming)
                }
                #expect(upstreams.map(Self.generations) == [3, 3, 3])
                for answer in answers { answer.leave() }
            }
        }

        /// A conversation returns to where it was, and conversations are spread.
        @Test func conversationsKeepTheirPlace() async throws {
            try await Self.with(3) { stand, others in
                for upstream in [stand.upstream] + others.map(\.upstream) {
                    upstream.script("say") { try await $0.answer(UpstreamCall.chat("\(upstream.port)")) }
                }
                var places: [Int: Set<String>] = [:]
                for turn in 0..<3 {
                    for name in 0..<16 {
                        let later = (0..<turn).map {
                            #",{"role":"assistant","content":"a\#($0)"},{"role":"user","content":"u\#($0)"}"#
                        }.joined()
                        let first =
                            #"{"role":"system","content":"S"},{"role":"user","content":"conversation \#(name)"}"#
                        let body = #"{"model":"gemma-tunnel","messages":[\#(first)\#(later)]\#(Self.say)}"#
                        let answer = try await stand.caller.post(Self.path, body)
                        #expect(answer.status == 200, "\(answer.text)")
                        let port = answer.json["choices"][0]["message"]["content"].string ?? ""
                        places[name, default: []].insert(port)
                    }
                }
                #expect(places.values.allSatisfy { $0.count == 1 }, "\(places)")
                // That all sixteen belong to one of three by chance happens once in ten million times.
                #expect(Set(places.values.flatMap { $0 }).count > 1, "\(places)")
            }
        }

        /// One that stops finishes what it has, and gets nothing new; under load no call fails.
        @Test func oneThatDrainsGetsNothingNew() async throws {
            try await Self.with(2) { stand, others in
                let second = others[0].upstream
                for upstream in [stand.upstream, second] {
                    upstream.script("say") { try await $0.answer(UpstreamCall.chat("yes")) }
                }
                // One stream on each.
                var streams: [ComingAnswer] = []
                for number in 1...2 {
                    streams.append(
                        try await stand.caller.start("POST", Self.path, body: Stand.streamedChat("stream \(number)"))
                    )
                    try await eventually("it has its place") {
                        try await stand.metric("adit_open_calls") == Double(number)
                    }
                }
                let calls = [try await stand.upstream.nextCall(), try await second.nextCall()]
                for call in calls { try await call.begin() }
                let isOver = Event<Void>()
                let answered = Counter()
                let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            var statuses: [Int] = []
                            while isOver.happened == nil {
                                let body = Stand.chat("\(number) \(statuses.count)", Self.say)
                                statuses.append(try await stand.caller.post(Self.path, body).status)
                                answered.add()
                            }
                            return statuses
                        }
                    }
                    try await eventually("calls are answered") { answered.value >= 20 }
                    stand.connector.program.terminate()
                    try await stand.serving(1)
                    let (before, sofar) = (Self.generations(stand.upstream), answered.value)
                    try await eventually("calls go on") { answered.value >= sofar + 40 }
                    #expect(Self.generations(stand.upstream) <= before + 4, "what was under way, and nothing new")
                    isOver.fire()
                    var statuses: [Int] = []
                    for try await more in group { statuses += more }
                    return statuses
                }
                #expect(statuses.allSatisfy { $0 == 200 }, "\(statuses.filter { $0 != 200 })")
                for call in calls { try await call.finishStream() }
                for stream in streams {
                    let answer = try await withDeadline(30, "a stream ends") { try await stream.whole() }
                    #expect(try EventStream(answer.text).isDone)
                }
                #expect(try await stand.connector.program.exited.wait(within: 30, "the connector ends") == 0)
            }
        }

        /// Whatever happens before a server has begun, a call is generated once; what happens later is an error.
        @Test func neverASecondGeneration() async throws {
            try await Self.with(2) { stand, others in
                let second = others[0].upstream
                for upstream in [stand.upstream, second] {
                    upstream.script("say") { try await $0.answer(UpstreamCall.chat("yes")) }
                    upstream.script("break") { $0.reset() }
                }
                func total() -> Int { Self.generations(stand.upstream) + Self.generations(second) }
                // Broken after it began: told, not tried again.
                for number in 0..<4 {
                    let body = Stand.chat("broken \(number)", #","script":"break""#)
                    Refusal.badGateway.expect(try await stand.caller.post(Self.path, body))
                }
                #expect(total() == 4)
                // One server's port is closed: calls that meet it go to the other one, each generated once.
                await second.stop()
                let before = total()
                for number in 0..<8 {
                    let body = Stand.chat("refused \(number)", Self.say)
                    #expect(try await stand.caller.post(Self.path, body).status == 200)
                }
                #expect(total() == before + 8)
            }
        }

        /// A server that answers 500 loses its turn for a while, and gets it back by one call that succeeds.
        @Test func aFailingConnectorIsLeftOut() async throws {
            try await Self.with(2) { stand, others in
                let second = others[0].upstream
                stand.upstream.script("say") { try await $0.answer(UpstreamCall.chat("yes")) }
                second.script("say") { try await $0.answer(#"{"error":{"message":"broken"}}"#, status: 500) }
                let ejections = #"adit_ejections_total{deployment="gemma-tunnel"}"#
                let number = Counter()
                let ask: @Sendable () async throws -> Int = {
                    number.add()
                    return try await stand.caller.post(Self.path, Stand.chat("q\(number.value)", Self.say)).status
                }
                for _ in 0..<200 where try await stand.metric(ejections) == 0 { _ = try await ask() }
                #expect(try await stand.metric(ejections) == 1)
                let failed = Self.generations(second)
                #expect(failed == 3)
                second.script("say") { try await $0.answer(UpstreamCall.chat("yes")) }
                // Its pause of two seconds goes by under load; nothing fails meanwhile.
                try await eventually("it is back") {
                    let status = try await ask()
                    #expect(status == 200)
                    return Self.generations(second) >= failed + 2
                }
            }
        }
    }
}

extension Stand {
    /// Waits until so many connectors take calls for the deployment.
    fileprivate func serving(_ count: Int) async throws {
        try await eventually("\(count) connectors serve") {
            try await self.metric(#"adit_deployment_connectors{deployment="gemma-tunnel"}"#) == Double(count)
        }
    }
}
