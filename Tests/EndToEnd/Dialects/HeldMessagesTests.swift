import TestSupport
import Testing

extension EndToEnd {
    /// Messages of WebSockets are bodies as any other: `limits.bodies` holds for them until their turn's answer begins.
    @Suite(.stand(relay: ["--limits-body", "1MiB", "--limits-bodies", "1MiB"]))
    struct HeldMessagesTests {
        private static let letters = String(repeating: "x", count: 600 << 10)

        private static func post() async throws -> Int {
            let stand = try Stand.lent
            return try await stand.caller.post("/v1/chat/completions", Stand.chat(letters, #","script":"yes""#)).status
        }

        @Test func aTurnThatWaitsAndOneThatRuns() async throws {
            let stand = try Stand.lent
            stand.upstream.script("yes") { try await $0.answer(UpstreamCall.chat("yes")) }
            let socket = try await SocketCaller.open(stand.caller)
            try await socket.say(ResponsesSocketTests.create())
            let first = try await stand.upstream.nextCall(within: 60)
            #expect(try await Self.post() == 200)
            // The second waits behind the first, and is held.
            try await socket.say(ResponsesSocketTests.create(Self.letters))
            try await eventually("the message is held") { try await Self.post() == 503 }
            // It runs and is held, as long as it is not answered.
            try await first.stream(["yes"])
            let second = try await stand.upstream.nextCall(within: 60)
            #expect(try await Self.post() == 503)
            try await second.begin()
            try await second.send(event: UpstreamCall.words("first"))
            try await eventually("the message is held no more") { try await Self.post() == 200 }
            try await second.finishStream()
            _ = try await socket.messages(until: "response.completed")
        }

        @Test func whatIsHeldEndsWithTheConnection() async throws {
            let stand = try Stand.lent
            stand.upstream.script("yes") { try await $0.answer(UpstreamCall.chat("yes")) }
            let socket = try await SocketCaller.open(stand.caller)
            for input in ["x", Self.letters] { try await socket.say(ResponsesSocketTests.create(input)) }
            let call = try await stand.upstream.nextCall(within: 60)
            try await eventually("the message is held") { try await Self.post() == 503 }
            // There is no room for another's either.
            let other = try await SocketCaller.open(stand.caller)
            try await other.say(ResponsesSocketTests.create(Self.letters))
            #expect(try await other.frame()?.code == 1013)
            socket.wire.leave()
            try await call.disconnected.wait(within: 60, "the model server sees it")
            try await eventually("nothing is held any more") { try await Self.post() == 200 }
        }

        @Test func aMessageThatIsRefused() async throws {
            let stand = try Stand.lent
            stand.upstream.script("yes") { try await $0.answer(UpstreamCall.chat("yes")) }
            let socket = try await SocketCaller.open(stand.caller)
            for message in [#"{"type":"\#(Self.letters)"}"#, ResponsesSocketTests.create(Self.letters, #","model":7"#)]
            {
                try await socket.say(message)
                #expect(try await socket.frame()?.json["type"].string == "error")
                #expect(try await Self.post() == 200)
            }
        }
    }
}
