import NIOCore
import NIOEmbedded
import Testing
import TunnelProtocol
import Vocabulary

@testable import Upstream

/// The demo model in the place of a server, on a clock that the test turns.
struct DemoExchangeTests {
    private final class Stand {
        let loop = EmbeddedEventLoop()
        let server: DemoServer
        let receiver = Receiver()

        init(_ body: String, path: String = "/v1/chat/completions") {
            self.server = DemoServer(eventLoop: self.loop) { 1_790_000_000 }
            self.receiver.take(self.server.open(for: self.receiver))
            self.receiver.ask(path, body)
        }

        /// Events that carry words or more.
        var words: Int { self.receiver.events.count { $0.hasPrefix("data: ") } }
        var isOver: Bool { self.receiver.events.suffix(2) == ["end", "."] }
    }

    private static let streamed = #"{"stream":true,"messages":[{"role":"user","content":"hi"}]}"#

    @Test func nobodyIsAnsweredBeforeHeHasFinishedAsking() {
        let stand = Stand(#"{"messages":[{"role":"user","content":"hi"}]}"#)
        #expect(stand.receiver.events == ["opened"])
        stand.loop.run()
        #expect(stand.receiver.events.count == 5)
        #expect(stand.receiver.events[1] == "200")
        #expect(stand.isOver)
        #expect(stand.server.connectionCount == 0)
    }

    @Test func wordByWord() {
        let stand = Stand(Self.streamed)
        stand.loop.run()
        #expect(stand.words == 1)
        stand.loop.advanceTime(by: .milliseconds(334))
        #expect(stand.words == 11)
        stand.loop.advanceTime(by: .seconds(1))
        #expect(stand.words == 41)
        stand.loop.advanceTime(by: .seconds(10))
        #expect(stand.isOver)
        #expect(stand.receiver.events.suffix(3).first?.hasSuffix("data: [DONE]\n\n") == true)
        #expect(stand.server.connectionCount == 0)
    }

    @Test func aSlowCaller() {
        let stand = Stand(Self.streamed)
        stand.loop.run()
        stand.receiver.exchange?.pauseReading()
        stand.loop.advanceTime(by: .seconds(5))
        #expect(stand.words == 1)
        stand.receiver.exchange?.resumeReading()
        stand.loop.advanceTime(by: .seconds(1))
        #expect((29...31).contains(stand.words))
    }

    @Test func cancelled() {
        let stand = Stand(Self.streamed)
        #expect(stand.server.connectionCount == 1)
        stand.loop.advanceTime(by: .seconds(1))
        let words = stand.words
        stand.receiver.exchange?.close()
        stand.receiver.exchange?.close()
        #expect(stand.server.connectionCount == 0)
        stand.loop.advanceTime(by: .seconds(5))
        #expect(stand.words == words)
        #expect(!stand.isOver)
    }

    @Test func cancelledInsideAnEvent() {
        let stand = Stand(Self.streamed)
        stand.receiver.heard = { [receiver = stand.receiver] in if $0 == "200" { receiver.exchange?.close() } }
        stand.loop.advanceTime(by: .seconds(5))
        #expect(stand.receiver.events == ["opened", "200"])
        #expect(stand.server.connectionCount == 0)
    }

    @Test func tooLarge() {
        let stand = Stand(String(repeating: " ", count: DemoExchange.largestRequest + 1))
        stand.loop.run()
        #expect(stand.receiver.events.prefix(2) == ["opened", "413"])
        #expect(stand.isOver)
    }

    @Test func throughTheForwarder() throws {
        let forwarding = try Forwarding(upstreams: [.init(address: .demo)], logger: .silent)
        let loop = EmbeddedEventLoop()
        let lane = ForwardingLane(
            forwarding: forwarding,
            openers: [DemoServer(eventLoop: loop) { 0 }],
            identities: [UpstreamIdentity(.init(address: .demo))],
            eventLoop: loop
        )
        forwarding.serve([Deployment(name: try #require(.init("gemma")), model: "adit-demo", upstream: 0)])
        lane.serve(forwarding.table)
        let stream = FakeStream()
        let forwarder = Forwarder(lane: lane, stream: stream)
        forwarder.streamReceived(RelayRequest(content: [Self.streamed]).bytes, isFinal: true)
        forwarder.streamReadComplete()
        loop.advanceTime(by: .seconds(10))
        let answer = try stream.answer()
        #expect(answer.head?.status == 200)
        #expect(answer.field("content-type")?.hasPrefix("text/event-stream") == true)
        #expect(answer.isComplete)
        #expect(answer.chunks.count > 40)
        #expect(lane.connectionCount == 0)
    }
}
