import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Bodies as large as allowed, and larger.
    @Suite(.stand())
    struct LargeBodyTests {
        private static let limit = 64 << 20

        @Test func sixtyFourMebibytesPass() async throws {
            let stand = try Stand.lent
            stand.upstream.script("measure") {
                try await $0.answer(UpstreamCall.chat("\($0.body.count) \(checksum($0.body))"))
            }
            let frame = Stand.chat("", #","script":"measure""#)
            let body = Stand.chat(String(repeating: "x", count: Self.limit - frame.utf8.count), #","script":"measure""#)
            #expect(body.utf8.count == Self.limit)
            let answer = try await stand.caller.ask("POST", "/v1/chat/completions", body: body, within: 200)
            // The model's own name is shorter than the public one.
            let seen = body.replacing("gemma-tunnel", with: "scripted", maxReplacements: 1)
            let content = answer.json["choices"][0]["message"]["content"].string
            #expect(content == "\(seen.utf8.count) \(checksum(Array(seen.utf8)))", "\(answer.text.prefix(500))")
        }

        @Test func aLargerOneIsRefusedByItsLengthAlone() async throws {
            let stand = try Stand.lent
            for length in [Self.limit + 1, 100 << 30] {
                let connection = try await stand.caller.connect()
                try await connection.send(stand.caller.head("POST", "/v1/chat/completions", length: length))
                let answer = try await withDeadline(10, "the refusal comes before the body") {
                    try await ComingAnswer(connection: connection).whole()
                }
                Refusal.tooLarge.expect(answer)
                connection.leave()
            }
        }

        @Test func aLargerOneInChunksIsRefusedOnTheWay() async throws {
            let stand = try Stand.lent
            let connection = try await stand.caller.connect()
            let fields = [("content-type", "application/json"), ("transfer-encoding", "chunked")]
            try await connection.send(stand.caller.head("POST", "/v1/chat/completions", headers: fields))
            let size = 1 << 20
            let chunk = ByteBuffer(
                string: String(size, radix: 16) + "\r\n" + String(repeating: " ", count: size) + "\r\n"
            )
            // More than is allowed, without an end; the relay may close while we still write.
            let writer = Task { for _ in 0..<80 { try await connection.send(chunk) } }
            let answer = try await withDeadline(200, "the refusal comes") {
                try await ComingAnswer(connection: connection).whole()
            }
            Refusal.tooLarge.expect(answer)
            writer.cancel()
            connection.leave()
            try await stand.expectServing()
        }
    }
}

/// Adler-32 (RFC 1950 §8): enough to tell whether a byte is missing or moved.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var low: UInt32 = 1
    var high: UInt32 = 0
    for byte in bytes {
        low = (low &+ UInt32(byte)) % 65521
        high = (high &+ low) % 65521
    }
    return high << 16 | low
}
