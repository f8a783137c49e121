import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// The end of an answer reaches whoever reads slowly, although the connection is closed behind it.
    @Suite
    struct LastBytesTests {
        private static let length = 16 << 20
        private static let letters = String(repeating: "x", count: length)

        /// Asks for a large answer and reads nothing of it until the relay has said all of it.
        private static func unread(
            _ stand: Stand,
            headers: [(String, String)] = []
        ) async throws -> ComingAnswer {
            stand.upstream.script("large") { try await $0.answer(UpstreamCall.chat(Self.letters)) }
            var caller = stand.caller
            (caller.port, caller.tls) = (stand.relay.plainPort, nil)
            let body = Stand.chat("x", #","script":"large""#)
            let connection = try await caller.connect(receiveBuffer: 16 * 1024)
            try await connection.pauseReading()
            let head = caller.head("POST", "/v1/chat/completions", headers: headers, length: body.utf8.count)
            try await connection.send(head)
            try await connection.send(body)
            try await eventually("the relay has answered") {
                try await stand.metric(
                    "adit_calls_total{deployment=\"\(Stand.deployment)\",endpoint=\"chat\",outcome=\"completed\"}"
                ) == 1
            }
            return ComingAnswer(connection: connection)
        }

        private static func expectWhole(_ coming: ComingAnswer) async throws {
            try await coming.connection.resumeReading()
            let answer = try await withDeadline(60, "the answer is read") { try await coming.whole() }
            #expect(answer.status == 200)
            #expect(answer.json["choices"][0]["message"]["content"].string?.utf8.count == Self.length)
        }

        private static var plan: Stand.Plan {
            var plan = Stand.Plan()
            plan.relay = ["--listen-plain", "127.0.0.1:0"]
            return plan
        }

        @Test func aConnectionThatIsNotKept() async throws {
            try await Stand.with(Self.plan) { stand in
                let coming = try await Self.unread(stand, headers: [("connection", "close")])
                try await Self.expectWhole(coming)
                try await coming.connection.closed.wait(within: 20, "the connection is closed behind the answer")
            }
        }

        @Test func aRelayThatStops() async throws {
            try await Stand.with(Self.plan) { stand in
                let coming = try await Self.unread(stand)
                stand.relay.program.terminate()
                let idle = try? await stand.caller.connect()
                try await idle?.closed.wait(within: 10, "the relay is stopping")
                try await Self.expectWhole(coming)
                let status = try await stand.relay.program.exited.wait(within: 20, "the relay ends")
                #expect(status == 0)
            }
        }

        @Test func requestsThatWereSentAheadOfASlowQuestion() async throws {
            try await Stand.with { stand in
                let connection = try await stand.caller.connect()
                let question = stand.caller.head("GET", "/v1/usage")
                let list = stand.caller.head("GET", "/v1/models", headers: [("connection", "close")])
                try await connection.send(list.replacing("connection: close\r\n", with: "") + question + list)
                let text = try await withDeadline(10, "all three are answered") {
                    var text = ""
                    while let bytes = try await connection.received.next() { text += String(buffer: bytes) }
                    return text
                }
                #expect(text.split(separator: "HTTP/1.1 200 OK").count == 3, "\(text.prefix(2_000))")
            }
        }
    }
}
