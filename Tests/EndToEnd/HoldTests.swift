import TestSupport
import Testing

extension Faults {
    /// Calls for a deployment whose connector has just gone.
    @Suite
    struct HoldTests {
        private static func plan(_ relay: String...) -> Stand.Plan {
            var plan = Stand.Plan()
            plan.relay = relay
            return plan
        }

        private static func chat(_ stream: Bool = false) -> String {
            (stream ? Stand.streamedChat : Stand.chat)("Hi", #","script":"ready""#)
        }

        private static func lose(_ stand: Stand) async throws {
            try await stand.expectServing()
            stand.connector.program.kill()
            _ = try await stand.connector.program.exited.wait()
            stand.upstream.script("ready") { call in
                if call.text.contains(#""stream":true"#) {
                    try await call.stream(["all", " is", " well"])
                } else {
                    try await call.answer(UpstreamCall.chat("all is well"))
                }
            }
        }

        @Test func theyWaitForIt() async throws {
            try await Stand.with(Self.plan("--hold-time", "60s")) { stand in
                try await Self.lose(stand)
                async let whole = stand.caller.ask("POST", "/v1/chat/completions", body: Self.chat(), within: 60)
                async let streamed = stand.caller.ask("POST", "/v1/chat/completions", body: Self.chat(true), within: 60)
                try await stand.waiting(2)
                let longest = #"adit_waiting_longest_seconds{deployment="gemma-tunnel"}"#
                #expect(try await stand.metric(longest) ?? -1 >= 0)
                try await stand.connector.startAgain()
                let answer = try await whole
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["choices"][0]["message"]["content"].string == "all is well")
                let stream = try EventStream(try await streamed.text)
                #expect(stream.content == "all is well" && stream.isDone)
                #expect(try await stand.waits("served") == 2)
                try await stand.waiting(0)
                // Each was asked once.
                #expect(stand.upstream.requests.count { $0 == "POST /v1/chat/completions" } == 3)
            }
        }

        @Test func nobodyWaitsForWhomTheHostHasSentAway() async throws {
            try await Stand.with(Self.plan("--hold-time", "10m")) { stand in
                try await Self.lose(stand)
                async let early = stand.caller.ask("POST", "/v1/chat/completions", body: Self.chat(), within: 30)
                try await stand.waiting(1)
                try await stand.relay.administer("token", "revoke", stand.token.id)
                Refusal.offline.expect(try await early)
                let late = try await stand.caller.ask("POST", "/v1/chat/completions", body: Self.chat(), within: 30)
                Refusal.offline.expect(late)
            }
        }

        @Test func afterAWhileTheyAreTold() async throws {
            try await Stand.with(Self.plan("--hold-time", "1s", "--stream-keepalive", "1s")) { stand in
                try await Self.lose(stand)
                async let streamed = stand.caller.post("/v1/chat/completions", Self.chat(true))
                let answer = try await stand.caller.post("/v1/chat/completions", Self.chat())
                Refusal.offline.expect(answer)
                #expect(answer.head["retry-after"] == "5")
                #expect(answer.json["error"]["message"].string?.contains("gemma-tunnel") == true)
                // Nothing was said before: it is a real error for it too.
                Refusal.offline.expect(try await streamed)
                #expect(try await stand.waits("expired") == 2)
                // Gone for longer than that: nobody waits any more.
                try await eventually("calls are refused at once") {
                    let before = try await stand.waits("expired")
                    Refusal.offline.expect(try await stand.caller.post("/v1/chat/completions", Self.chat()))
                    return try await stand.waits("expired") == before
                }
            }
        }

        @Test(arguments: [["--hold-time", "0"], ["--hold-calls", "0"]])
        func holdingCanBeTurnedOff(flags: [String]) async throws {
            var plan = Stand.Plan()
            plan.relay = flags
            try await Stand.with(plan) { stand in
                try await Self.lose(stand)
                Refusal.offline.expect(try await stand.caller.post("/v1/chat/completions", Self.chat()))
                #expect(try await stand.waits("expired") == 0)
            }
        }

        @Test func theLineHasAnEnd() async throws {
            try await Stand.with(Self.plan("--hold-time", "60s", "--hold-calls", "1")) { stand in
                try await Self.lose(stand)
                let first = try await stand.caller.start("POST", "/v1/chat/completions", body: Self.chat())
                try await stand.waiting(1)
                let refused = try await stand.caller.post("/v1/chat/completions", Self.chat())
                Refusal.offline.expect(refused)
                #expect(refused.json["error"]["message"].string?.contains("As many calls as may wait") == true)
                // Who leaves makes room at once, and nobody asks the model for it later.
                first.leave()
                try await stand.waiting(0)
                #expect(try await stand.waits("left") == 1)
                let before = stand.upstream.requests.count { $0 == "POST /v1/chat/completions" }
                async let second = stand.caller.ask("POST", "/v1/chat/completions", body: Self.chat(), within: 60)
                try await stand.waiting(1)
                try await stand.connector.startAgain()
                #expect(try await second.status == 200)
                #expect(stand.upstream.requests.count { $0 == "POST /v1/chat/completions" } == before + 1)
            }
        }

        @Test func aStoppingRelayEndsTheLine() async throws {
            try await Stand.with(Self.plan("--hold-time", "60s")) { stand in
                try await Self.lose(stand)
                async let held = stand.caller.post("/v1/chat/completions", Self.chat())
                try await stand.waiting(1)
                stand.relay.program.terminate()
                let answer = try await held
                #expect(answer.status == 503)
                #expect(answer.head["retry-after"] == "2")
                #expect(answer.json["error"]["message"].string?.contains("restarting") == true)
                #expect(try await stand.relay.program.exited.wait(within: 20, "the relay ends") == 0)
            }
        }

        /// A stream that waits longer than proxies like gets its head and signs of life; it goes on where it is.
        @Test func aStreamStaysAlive() async throws {
            try await Stand.with(
                Self.plan("--hold-time", "60s", "--stream-keepalive", "500ms", "--stream-hold", "0s")
            ) { stand in
                try await Self.lose(stand)
                let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: Self.chat(true))
                try await withDeadline(20, "a sign of life") {
                    let head = try await coming.head()
                    #expect(head.status == 200)
                    #expect(head["content-type"]?.hasPrefix("text/event-stream") == true)
                    _ = try await coming.text(until: ": keep-alive\n\n")
                }
                try await stand.connector.startAgain()
                let rest = try await withDeadline(30, "the stream ends") { try await coming.rest() }
                let stream = try EventStream(String(decoding: rest, as: UTF8.self))
                #expect(stream.content == "all is well" && stream.isDone)
            }
        }

        /// Its answer begins behind the wait, and once: a client that reads a second beginning breaks.
        @Test func aStreamIsBegunOnce() async throws {
            try await Stand.with(
                Self.plan("--hold-time", "60s", "--stream-keepalive", "500ms", "--stream-hold", "0s")
            ) { stand in
                try await Self.lose(stand)
                let named = #"{"model":"\#(Stand.deployment)","stream":true"#
                let asked = [
                    ("/v1/messages", named + #","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#),
                    ("/v1/responses", named + #","input":"Hi"}"#),
                    (
                        "/v1beta/models/\(Stand.deployment):streamGenerateContent",
                        #"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#
                    ),
                ]
                var waiting: [(coming: ComingAnswer, said: String)] = []
                for (path, body) in asked {
                    let coming = try await stand.caller.start("POST", path, body: body)
                    let said = try await withDeadline(20, "signs of life") {
                        _ = try await coming.head()
                        // The second one too.
                        return try await coming.text(until: "\n") + (try await coming.text(until: "\n"))
                    }
                    waiting.append((coming, said))
                }
                try await stand.connector.startAgain()
                for _ in asked {
                    try await stand.upstream.nextCall().stream(["all", " is", " well"])
                }
                var told: [String] = []
                for (coming, said) in waiting {
                    let rest = try await withDeadline(30, "the stream ends") { try await coming.rest() }
                    told.append(said + String(decoding: rest, as: UTF8.self))
                }
                #expect(try NamedEvents(told[0]).names.first == "message_start")
                #expect(try NamedEvents(told[1]).names.first == "response.created")
                #expect(try GeminiChunks(told[2]).chunks.isEmpty == false)
                for text in told { #expect(text.contains(" well"), "\(text)") }
            }
        }

        /// Signs of life are no answer: the body is still needed for the server that is to come.
        @Test(arguments: [true, false]) func theBodyOfAStreamThatWaitsIsHeld(overWebSocket: Bool) async throws {
            var plan = Self.plan("--hold-time", "60s", "--stream-keepalive", "500ms", "--stream-hold", "0s")
            plan.relay += ["--limits-body", "1MiB", "--limits-bodies", "1MiB"]
            try await Stand.with(plan) { stand in
                try await Self.lose(stand)
                let letters = String(repeating: "x", count: 600 << 10)
                // Whoever has room for it says that there is no such model.
                let other = #"{"model":"nobody","messages":[{"role":"user","content":"\#(letters)"}]}"#
                let large = Stand.streamedChat(letters)
                var socket: SocketCaller?
                if overWebSocket {
                    socket = try await SocketCaller.open(stand.caller)
                    try await socket?.say(EndToEnd.ResponsesSocketTests.create(letters))
                    try await stand.waiting(1)
                }
                let body = overWebSocket ? Self.chat(true) : large
                let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: body)
                try await withDeadline(20, "signs of life") {
                    _ = try await coming.head()
                    for _ in 0..<2 { _ = try await coming.text(until: ": keep-alive\n\n") }
                }
                #expect(try await stand.caller.post("/v1/chat/completions", other).status == 503)
                try await stand.connector.startAgain()
                let call = try await stand.upstream.nextCall()
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
                try await eventually("the body is held no more") {
                    try await stand.caller.post("/v1/chat/completions", other).status == 404
                }
                try await call.finishStream()
                _ = try await withDeadline(30, "the stream ends") { try await coming.rest() }
                if let socket { _ = try await socket.messages(until: "response.completed") }
            }
        }

        /// Once the head was sent, whatever goes wrong is told inside the stream.
        @Test func aStreamThatWasBegunFailsInside() async throws {
            try await Stand.with(
                Self.plan("--hold-time", "5s", "--stream-keepalive", "500ms", "--stream-hold", "0s")
            ) { stand in
                try await Self.lose(stand)
                let chat = try await stand.caller.post("/v1/chat/completions", Self.chat(true))
                #expect(chat.status == 200)
                #expect(try EventStream(chat.text).failure?["code"].string == "connector_offline", "\(chat.text)")
                for path in ["/v1/chat/completions", "/v1/messages"] {
                    try await stand.connector.startAgain()
                    try await stand.isServing()
                    stand.connector.program.kill()
                    _ = try await stand.connector.program.exited.wait()
                    let body = Stand.streamedChat("Hi", #","max_tokens":9"#)
                    let coming = try await stand.caller.start("POST", path, body: body)
                    #expect(try await withDeadline(20, "a head") { try await coming.head().status } == 200)
                    try await stand.connector.startAgain()
                    let call = try await stand.upstream.nextCall()
                    try await call.answer(#"{"error":{"message":"too long for me"}}"#, status: 400)
                    let rest = try await withDeadline(30, "the stream ends") { try await coming.rest() }
                    #expect(String(decoding: rest, as: UTF8.self).contains("too long for me"))
                    if path == "/v1/messages" {
                        #expect(String(decoding: rest, as: UTF8.self).contains("event: error"))
                    }
                    stand.connector.program.kill()
                    _ = try await stand.connector.program.exited.wait()
                }
                for endpoint in ["chat", "messages"] {
                    let labels =
                        #"deployment="\#(Stand.deployment)",endpoint="\#(endpoint)",outcome="refused_by_upstream""#
                    #expect(try await stand.metric("adit_calls_total{\(labels)}") == 1, "\(endpoint)")
                }
            }
        }

        /// What no server has begun may wait for it: the connector is there, its model server comes back.
        @Test func theyWaitForTheModelServerToo() async throws {
            try await Stand.with(Self.plan("--hold-time", "60s")) { stand in
                try await stand.expectServing()
                await stand.upstream.stop()
                async let held = stand.caller.ask("POST", "/v1/chat/completions", body: Self.chat(), within: 60)
                try await stand.waiting(1)
                let back = try await ScriptedUpstream.start(models: [Stand.model], port: stand.upstream.port)
                back.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
                #expect(try await held.status == 200)
                #expect(back.requests.count { $0 == "POST /v1/chat/completions" } == 1)
                await back.stop()
            }
        }

        /// A call that came back into the line from its connector leaves it like any other: nothing of it stays open.
        @Test func whoLeavesWaitsForNoModelServer() async throws {
            try await Stand.with(Self.plan("--hold-time", "60s")) { stand in
                try await stand.expectServing()
                await stand.upstream.stop()
                let held = try await stand.caller.start("POST", "/v1/chat/completions", body: Self.chat())
                try await stand.waiting(1)
                try await eventually("it is open nowhere") { try await stand.number(of: "adit_open_calls") == 0 }
                held.leave()
                try await stand.waiting(0)
                #expect(try await stand.waits("left") == 1)
                let labels = "deployment=\"\(Stand.deployment)\",endpoint=\"chat\",outcome=\"client_gone\""
                try await eventually("it has ended") { try await stand.metric("adit_calls_total{\(labels)}") == 1 }
                #expect(try await stand.number(of: "adit_open_calls") == 0)
            }
        }
    }
}
