import TestSupport
import Testing

extension Faults {
    /// Tunnels that die under calls, which go on in the next one as if nothing had been.
    @Suite(.stand(relay: ["--stream-keepalive", "500ms"], isProxied: true))
    struct ResumptionTests {
        @Test func aStreamGoesOn() async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let resumed = try await stand.number(of: "adit_resumed_calls_total")
            let (call, coming) = try await stand.streaming()
            for word in 0..<50 {
                if word % 10 == 5 { try await proxy.cut() }
                try await call.send(event: UpstreamCall.words(" \(word)"))
            }
            try await call.finishStream()
            let stream = try await coming.stream()
            #expect(stream.content == (0..<50).map { " \($0)" }.joined())
            #expect(stream.isDone)
            #expect(stream.failure == nil)
            #expect(try await stand.number(of: "adit_resumed_calls_total") > resumed)
            #expect(try await stand.number(of: "adit_lost_calls_total") == 0)
        }

        @Test func anAnswerThatHasNotBegunComes() async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let (call, answer) = try await stand.exchange(Stand.chat()) { call in
                try await proxy.cut()
                try await call.answer(UpstreamCall.chat("after all"))
            }
            #expect(answer.status == 200)
            #expect(answer.json["choices"][0]["message"]["content"].string == "after all")
            #expect(call.disconnected.happened == nil)
        }

        @Test func aWholeAnswerInPiecesComesWhole() async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let content = String(repeating: "long ", count: 60_000)
            let bytes = UpstreamCall.chat(content)
            let (_, answer) = try await stand.exchange(Stand.chat()) { call in
                try await call.begin(type: "application/json")
                var rest = Substring(bytes)
                while !rest.isEmpty {
                    try await call.send(String(rest.prefix(20_000)))
                    rest = rest.dropFirst(20_000)
                    if rest.count % 3 == 0 { try await proxy.cut() }
                }
                try await call.end()
            }
            #expect(answer.json["choices"][0]["message"]["content"].string == content)
        }

        /// The caller sees a pause, and signs of life in it.
        @Test func duringThePauseTheCallerIsKeptAlive() async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let (call, coming) = try await stand.streaming()
            proxy.refuse(true)
            try await proxy.cut()
            try await call.send(event: UpstreamCall.words("kept"))
            let alive = try await withDeadline(20, "a sign of life") { try await coming.text(until: "\n\n") }
            #expect(try EventStream(alive).comments.isEmpty == false)
            proxy.refuse(false)
            try await call.finishStream()
            let stream = try await coming.stream()
            #expect(stream.content == "kept")
            #expect(stream.isDone)
        }

        @Test func whoeverLeavesDuringThePauseIsNotWaitedFor() async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let (call, coming) = try await stand.streaming()
            proxy.refuse(true)
            try await proxy.cut()
            coming.leave()
            try await stand.ends("the relay knows that the caller has left") {
                try await stand.number(of: "adit_open_calls") == 0
            }
            #expect(call.disconnected.happened == nil)
            proxy.refuse(false)
            try await call.disconnected.wait(within: 20, "the model is stopped as soon as there is a tunnel")
            try await stand.isServing()
        }

        /// A request that did not get through whole has not been answered by any model: it is sent again.
        @Test func aRequestThatIsCutIsSentAgain() async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let generations = Counter()
            stand.upstream.script("cut-request") { call in
                generations.add()
                try await call.answer(UpstreamCall.chat("\(call.body.count)"))
            }
            let prompt = String(repeating: "long ", count: 400_000)
            let body = Stand.chat(prompt, #","script":"cut-request""#)
            try await stand.settled()
            for link in proxy.links {
                let passed = try await link.passed(.down)
                try await link.change([.down]) { $0.cutAfter = passed + 700_000 }
            }
            let answer = try await stand.caller.ask("POST", "/v1/chat/completions", body: body, within: 60)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(generations.value == 1)
        }

        @Test(arguments: [1_000, 70_000, 300_000])
        func whereverAnAnswerIsCutNothingIsMissing(at byte: Int) async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let (call, coming) = try await stand.streaming()
            try await stand.settled()
            for link in proxy.links {
                let passed = try await link.passed(.up)
                try await link.change([.up]) { $0.cutAfter = passed + byte }
            }
            let words = (0..<400).map { "\($0)" + String(repeating: "w", count: 1_500) }
            async let said: Void = {
                for word in words { try await call.send(event: UpstreamCall.words(word)) }
                try await call.finishStream()
            }()
            let stream = try await coming.stream()
            try await said
            #expect(stream.content == words.joined())
            #expect(stream.isDone)
        }
    }

    /// What is not waited for longer than was said.
    @Suite
    struct LossBoundTests {
        @Test func beyondTheBoundTheCallEndsInItsDialect() async throws {
            var plan = Stand.Plan()
            plan.isProxied = true
            plan.relay = ["--timeouts-resume", "2s"]
            plan.connector = ["--resume-time", "2s"]
            try await Stand.with(plan) { stand in
                let proxy = try #require(stand.proxy)
                let (call, coming) = try await stand.streaming()
                async let second = stand.caller.post("/v1/chat/completions", Stand.chat())
                let secondCall = try await stand.upstream.nextCall()
                proxy.refuse(true)
                try await proxy.cut()
                let stream = try await coming.stream()
                let message = stream.failure?["message"].string ?? ""
                #expect(message.contains("interrupted"), "\(message)")
                Refusal.badGateway.expect(try await second)
                try await call.disconnected.wait(within: 20, "the connector gives the call up")
                try await secondCall.disconnected.wait(within: 20, "the connector gives the other call up")
                #expect(try await stand.number(of: "adit_lost_calls_total") == 2)
                proxy.refuse(false)
                try await stand.isServing()
            }
        }

        /// A connector that keeps nothing, such as one of before, and a relay that waits for none.
        @Test(arguments: [true, false])
        func withoutResumptionACallEndsAtOnce(atRelay: Bool) async throws {
            var plan = Stand.Plan()
            plan.isProxied = true
            if atRelay { plan.relay = ["--timeouts-resume", "0s"] } else { plan.connector = ["--resume-time", "0s"] }
            try await Stand.with(plan) { stand in
                let proxy = try #require(stand.proxy)
                let (call, coming) = try await stand.streaming()
                try await proxy.cut()
                let stream = try await coming.stream()
                #expect(stream.failure != nil)
                try await call.disconnected.wait(within: 20, "the connector gives the call up")
                try await stand.isServing()
            }
        }
    }
}

extension ComingAnswer {
    /// The rest of a streamed answer.
    func stream(within seconds: Double = 60) async throws -> EventStream {
        let rest = try await withDeadline(seconds, "the stream ends") { try await self.rest() }
        return try EventStream(String(decoding: rest, as: UTF8.self))
    }
}

extension Stand {
    /// A number of the relay's metrics without labels.
    func number(of name: String) async throws -> Int {
        let page = try await self.caller.get("/metrics").text
        let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0
    }

    func ends(_ what: String, _ condition: @escaping @Sendable () async throws -> Bool) async throws {
        try await eventually(within: 60, what, condition)
    }

    /// Waits until the connector's tunnels are all up.
    func settled(_ tunnels: Int = 2) async throws {
        try await eventually(within: 60, "\(tunnels) tunnels are up") {
            try await self.number(of: "adit_tunnels") == tunnels
        }
    }
}
