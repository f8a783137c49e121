import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// A caller that reads slowly holds up nobody but itself.
    @Suite(.stand(connector: ["--tunnels", "1"]))
    struct SlowReaderTests {
        private static let events = 512
        private static let words = String(repeating: "w", count: 64 * 1024)

        @Test func aSlowReaderBesideAFastOne() async throws {
            let stand = try Stand.lent
            let sent = [Progress(), Progress()]
            stand.upstream.script("flood") { call in
                let progress = sent[call.json["number"].int ?? 0]
                try await call.begin()
                for _ in 0..<Self.events {
                    try await call.send(event: UpstreamCall.words(Self.words))
                    progress.step()
                }
                try await call.finishStream()
            }
            let slowBody = Stand.streamedChat("x", #","script":"flood","number":0"#)
            let slow = try await stand.caller.start(
                "POST",
                "/v1/chat/completions",
                body: slowBody,
                receiveBuffer: 16 * 1024
            )
            try await withDeadline(20, "the slow stream begins") { _ = try await slow.head() }
            try await slow.connection.pauseReading()

            let fastBody = Stand.streamedChat("x", #","script":"flood","number":1"#)
            let fast = try await stand.caller.ask("POST", "/v1/chat/completions", body: fastBody, within: 120)
            try Self.expectWhole(fast.text)
            // 32 MiB were asked for. The model server of the slow one must be waiting by now.
            #expect(sent[0].count < Self.events)

            try await slow.connection.resumeReading()
            let rest = try await withDeadline(120, "the slow stream ends") { try await slow.rest() }
            try Self.expectWhole(String(decoding: rest, as: UTF8.self))
            #expect(sent[0].count == Self.events)
        }

        private static func expectWhole(_ text: String) throws {
            let stream = try EventStream(text)
            let event = UpstreamCall.words(Self.words, model: Stand.deployment)
            #expect(stream.events.filter { $0 == event }.count == Self.events)
            #expect(stream.isDone)
            #expect(stream.failure == nil)
        }
    }
}

/// Counts what a script has done.
private final class Progress: Sendable {
    private let steps = Atomic<Int>(0)

    var count: Int { self.steps.load(ordering: .relaxed) }

    func step() { self.steps.add(1, ordering: .relaxed) }
}
