import TestSupport
import Testing

extension Faults {
    /// Responses that wait for a model server. Some clients' patience counts events only: they have some meanwhile, and the answer
    /// goes on from there.
    @Suite
    struct WaitingResponsesTests {
        private static let body = #"{"model":"\#(Stand.deployment)","input":"Hi","stream":true}"#
        private static let sign = "event: response.in_progress"

        private static func plan(_ paths: Set<String>, hold: String) -> Stand.Plan {
            var plan = EndToEnd.NativeTests.plan(.vllm, paths)
            plan.relay = [
                "--hold-time", hold, "--stream-keepalive", "500ms", "--stream-hold", "0s", "--stream-in-progress",
                "300ms",
            ]
            return plan
        }

        private static func lose(_ stand: Stand) async throws {
            try await stand.expectServing()
            stand.connector.program.kill()
            _ = try await stand.connector.program.exited.wait()
        }

        /// What is told until it has been said for so many times that the response is in progress.
        private static func signs(_ count: Int, _ coming: ComingAnswer) async throws -> String {
            try await withDeadline(20, "signs of life") {
                var said = ""
                while said.ranges(of: Self.sign).count < count { said += try await coming.text(until: "\n\n") }
                return said
            }
        }

        /// One answer, numbered from its beginning to its end.
        private static func expectOne(_ events: [(name: String, data: JSONValue)], endingIn last: String) {
            #expect(events.map { $0.data["sequence_number"].int } == Array(0..<events.count))
            #expect(events.first?.name == "response.created" && events.last?.name == last)
            #expect(events.count { $0.name == "response.created" } == 1)
            let ids = Set(events.compactMap { $0.data["response"]["id"].string })
            #expect(ids.count == 1)
        }

        @Test(arguments: [[], ["/v1/responses"]] as [Set<String>])
        func anAnswerGoesOnFromThere(paths: Set<String>) async throws {
            try await Stand.with(Self.plan(paths, hold: "60s")) { stand in
                try await Self.lose(stand)
                let coming = try await stand.caller.start("POST", "/v1/responses", body: Self.body)
                #expect(try await withDeadline(20, "a head") { try await coming.head().status } == 200)
                var said = try await Self.signs(3, coming)
                try await stand.connector.startAgain()
                let call = try await stand.upstream.nextCall()
                // It has the call, and says nothing for long.
                said += try await Self.signs(2, coming)
                try await call.begin()
                said += try await Self.signs(2, coming)
                if paths.isEmpty {
                    #expect(call.target == "/v1/chat/completions")
                    try await call.send(event: UpstreamCall.words("A way in."))
                    said += try await Self.signs(2, coming)
                    try await call.finishStream()
                } else {
                    #expect(call.target == "/v1/responses")
                    for (number, event) in EndToEnd.NativeTests.responsesEvents.enumerated() {
                        try await call.send(EndToEnd.NativeTests.responsesEvent(event, number: number))
                        if number == 3 { said += try await Self.signs(3, coming) }
                    }
                    try? await call.end()
                }
                said += String(
                    decoding: try await withDeadline(30, "its end") { try await coming.rest() },
                    as: UTF8.self
                )
                let stream = try NamedEvents(said)
                Self.expectOne(stream.events, endingIn: "response.completed")
                #expect(stream.last["response"]["output"][0]["content"][0]["text"].string == "A way in.")
            }
        }

        @Test func aWaitInVainEndsIt() async throws {
            try await Stand.with(Self.plan([], hold: "2s")) { stand in
                try await Self.lose(stand)
                let answer = try await stand.caller.post("/v1/responses", Self.body)
                let stream = try NamedEvents(answer.text)
                Self.expectOne(stream.events, endingIn: "response.failed")
                #expect(stream.names.contains("response.in_progress"))
                #expect(stream.last["response"]["error"]["message"].string?.contains("is offline") == true)
            }
        }

        @Test func aTurnOfAWebSocketHasThemToo() async throws {
            try await Stand.with(Self.plan([], hold: "60s")) { stand in
                try await Self.lose(stand)
                let socket = try await SocketCaller.open(stand.caller)
                try await socket.say(EndToEnd.ResponsesSocketTests.create("Hi"))
                var messages = try await socket.messages(until: "response.in_progress")
                messages += try await socket.messages(until: "response.in_progress")
                try await stand.connector.startAgain()
                try await stand.upstream.nextCall().stream(["A way", " in."])
                messages += try await socket.messages(until: "response.completed")
                Self.expectOne(messages.map { ($0["type"].string ?? "", $0) }, endingIn: "response.completed")
            }
        }
    }
}
