import TestSupport
import Testing

extension EndToEnd {
    /// A call with a name of its caller's is paid for once, whatever becomes of the relay in between.
    @Suite(.timeLimit(.minutes(5)))
    struct NamedCallTests {
        private static let name = [("idempotency-key", "first")]

        private static func settlements(_ stand: Stand) throws -> [Int64] {
            try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'")
        }

        /// Makes a call with a name, and answers it.
        private static func pay(
            _ stand: Stand,
            named name: [(String, String)] = Self.name,
            key caller: HTTPCaller? = nil
        ) async throws -> String {
            let (_, answer) = try await stand.exchange(Stand.chat(), headers: name, key: caller) {
                try await $0.answer(UpstreamCall.chat("hi"))
            }
            #expect(answer.status == 200, "\(answer.text)")
            return try #require(answer.head["x-request-id"])
        }

        /// The same request is not made again, in whatever words it was made.
        private static func expectPaid(_ stand: Stand, as call: String) async throws {
            let again = try await stand.caller.post("/v1/chat/completions", Stand.chat(), headers: Self.name)
            #expect(again.status == 409, "\(again.text)")
            #expect(again.json["error"]["code"].string == "idempotency_conflict")
            #expect(again.json["error"]["message"].string?.contains("paid as call \(call);") == true, "\(again.text)")
            let other = try await stand.caller.post("/v1/chat/completions", Stand.chat("Bye"), headers: Self.name)
            #expect(other.status == 409 && other.text.contains("another request"), "\(other.text)")
            let claude = try await stand.caller.post(
                "/v1/messages",
                #"{"model":"gemma-tunnel","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#,
                headers: Self.name
            )
            #expect(claude.status == 409 && claude.json["type"].string == "error", "\(claude.text)")
            #expect(try Self.settlements(stand) == [1])
        }

        @Test func isPaidOnceAlthoughTheRelayDies() async throws {
            try await Stand.billed { stand in
                let call = try await Self.pay(stand)
                stand.relay.program.kill()
                _ = try await stand.relay.program.exited.wait()
                try await stand.relay.startAgain()
                try await stand.isConnected()
                try await Self.expectPaid(stand, as: call)
                // Another key's names are its own, and a new name makes a new call.
                let key = try await stand.relay.createKey()
                _ = try await Self.pay(stand, key: stand.caller.with(key: key.secret))
                _ = try await Self.pay(stand, named: [("idempotency-key", "second")])
                #expect(try Self.settlements(stand) == [3])
            }
        }

        @Test func isPaidOnceAlthoughAnotherRelayTakesThePlace() async throws {
            try await Stand.billed { stand in
                let call = try await Self.pay(stand)
                let old = try await stand.relay.succeed()
                #expect(try await old.exited.wait(within: 60, "the relay before it ends") == 0)
                try await stand.isConnected()
                try await Self.expectPaid(stand, as: call)
            }
        }

        @Test func isForgottenAfterADay() async throws {
            try await Stand.billed { stand in
                _ = try await Self.pay(stand)
                await stand.relay.stop()
                try stand.relay.change("UPDATE paid_name SET time = time - 86400000")
                try await stand.relay.startAgain()
                try await stand.isConnected()
                try await eventually(within: 30, "the name is forgotten") {
                    try stand.relay.integers("SELECT count(*) FROM paid_name") == [0]
                }
                _ = try await Self.pay(stand)
                #expect(try Self.settlements(stand) == [2])
            }
        }

        /// Who is not paid for, and what is streamed, has no name.
        @Test func nothingIsKeptOfOthers() async throws {
            try await Stand.billed { stand in
                let (_, answer) = try await stand.exchange(Stand.streamedChat(), headers: Self.name) {
                    try await $0.stream(["a"])
                }
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try Self.settlements(stand) == [1])
                #expect(try stand.relay.integers("SELECT count(*) FROM paid_name") == [0])
            }
        }
    }
}
