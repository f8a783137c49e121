import TestSupport
import Testing

extension EndToEnd {
    /// Responses in the background that are too large to be remembered.
    @Suite(.stand(relay: ["--responses-memory", "1MiB"]))
    struct BackgroundSizeTests {
        private static let half = String(repeating: "x", count: 512 << 10)

        @Test func aRequest() async throws {
            let stand = try Stand.lent
            let large = Self.half + Self.half
            Refusal.tooLarge.expect(try await stand.caller.post("/v1/responses", Stand.background(large)))
            // Each alone has room, and both together have not.
            let (call, id) = try await stand.inBackground(Self.half)
            Refusal.busy.expect(try await stand.caller.post("/v1/responses", Stand.background(Self.half)))
            try await call.stream(["fine"])
            _ = try await stand.ended(id, as: "completed")
            let (next, second) = try await stand.inBackground(Self.half)
            try await next.stream(["fine"])
            _ = try await stand.ended(second, as: "completed")
        }

        @Test func anAnswer() async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            try await call.stream([Self.half, Self.half])
            let told = try await stand.ended(id, as: "failed")
            #expect(told["error"]["message"].string?.contains("larger than what the relay remembers") == true)
        }

        @Test func anAnswerWithoutEnd() async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            try await call.begin()
            let endless = Task {
                while !Task.isCancelled { try await call.send(event: UpstreamCall.words(Self.half)) }
            }
            defer { endless.cancel() }
            let told = try await stand.ended(id, as: "failed")
            #expect(told["error"]["message"].string?.contains("more than 64 MiB") == true, "\(told["error"])")
            try await call.disconnected.wait(within: 30, "the upstream request is closed")
        }
    }
}
