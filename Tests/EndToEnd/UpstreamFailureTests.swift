import TestSupport
import Testing

extension EndToEnd {
    /// A model server that breaks or answers what is no answer.
    @Suite(.stand())
    struct UpstreamFailureTests {
        /// What the server does in place of answering.
        enum Fault: String, CaseIterable, Sendable {
            case closes, resets, closesInsideTheHead, rubbish, notJSON, emptyBody, halfAnswer, streamUnasked
        }

        @Test(arguments: Fault.allCases)
        func aCallThatIsNotAnswered(fault: Fault) async throws {
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(Stand.chat()) { try await Self.misbehave($0, fault) }
            Refusal.badGateway.expect(answer)
            try await stand.expectServing()
        }

        @Test(arguments: Fault.allCases.filter { $0 != .streamUnasked })
        func aStreamThatDoesNotBegin(fault: Fault) async throws {
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(Stand.streamedChat()) { try await Self.misbehave($0, fault) }
            Refusal.badGateway.expect(answer)
            try await stand.expectServing()
        }

        @Test func aFailedCallIsNotTriedTwice() async throws {
            let stand = try Stand.lent
            let before = stand.upstream.requests.count
            let (_, answer) = try await stand.exchange(Stand.chat()) { $0.reset() }
            #expect(answer.status == 502)
            try await stand.expectServing()
            let calls = stand.upstream.requests.dropFirst(before).filter { $0.hasPrefix("POST /v1/chat") }
            #expect(calls.count == 2)
        }

        private static func misbehave(_ call: UpstreamCall, _ fault: Fault) async throws {
            switch fault {
            case .closes: call.drop()
            case .resets: call.reset()
            case .closesInsideTheHead:
                try await call.sendRaw("HTTP/1.1 200 OK\r\ncontent-ty")
                call.drop()
            case .rubbish:
                try await call.sendRaw("\u{1}\u{2}this is not HTTP\r\n\r\n")
                call.drop()
            case .notJSON: try await call.answer("<html>It works!</html>", type: "text/html")
            case .emptyBody: try await call.answer("")
            case .halfAnswer:
                try await call.sendRaw(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"a\""
                )
                call.drop()
            case .streamUnasked: try? await call.stream(["a"])
            }
        }
    }

    /// A relay that does not wait long.
    @Suite(.stand(relay: ["--timeouts-first-byte", "1s", "--timeouts-idle", "1s", "--timeouts-body", "1s"]))
    struct TimeoutTests {
        @Test(arguments: [Stand.chat(), Stand.streamedChat()])
        func aModelThatDoesNotAnswer(body: String) async throws {
            let stand = try Stand.lent
            let (call, answer) = try await stand.exchange(body) { _ in }
            Refusal.timeout.expect(answer)
            try await call.disconnected.wait(within: 5, "the upstream is told to stop")
        }

        @Test func aModelThatFallsSilent() async throws {
            let stand = try Stand.lent
            let (call, coming) = try await stand.streaming()
            let rest = try await withDeadline(15, "the stream ends") { try await coming.rest() }
            #expect(try EventStream(String(decoding: rest, as: UTF8.self)).failure != nil)
            try await call.disconnected.wait(within: 5, "the upstream is told to stop")
        }

        @Test func aCallerWhoseBodyDoesNotCome() async throws {
            let stand = try Stand.lent
            let connection = try await stand.caller.connect()
            try await connection.send(stand.caller.head("POST", "/v1/chat/completions", length: 100) + "{")
            let answer = try await withDeadline(15, "an answer") {
                try await ComingAnswer(connection: connection).whole()
            }
            Refusal.tooSlow.expect(answer)
            try await connection.closed.wait(within: 5, "the connection is closed")
        }
    }
}
