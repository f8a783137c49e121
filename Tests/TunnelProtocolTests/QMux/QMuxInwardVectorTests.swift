import NIOCore
import Testing

@testable import TunnelProtocol

/// What a peer may say, byte by byte, and what it means.
@Suite("QMux: inward vectors")
struct QMuxInwardVectorTests {
    /// A relay on whose stream 1 three bytes were sent.
    private func relay() -> End {
        let relay = End.greeted(.relay)
        relay.open()
        relay.send("abc", on: 1)
        _ = relay.output()
        return relay
    }

    @Test(
        "a frame means",
        arguments: [
            ("STREAM", "08 00 6869", [Happening.opened(0), .text(0, "hi")]),
            ("STREAM, FIN", "09 00 6869", [.opened(0), .text(0, "hi", isFinal: true)]),
            ("STREAM, length", "0a 00 02 6869", [.opened(0), .text(0, "hi")]),
            ("STREAM, length, FIN", "0b 00 02 6869 00", [.opened(0), .text(0, "hi", isFinal: true)]),
            ("STREAM, offset", "0c 00 00 6869", [.opened(0), .text(0, "hi")]),
            ("STREAM, offset, FIN", "0d 00 00 6869", [.opened(0), .text(0, "hi", isFinal: true)]),
            ("STREAM, offset, length", "0e 00 00 02 6869", [.opened(0), .text(0, "hi")]),
            ("STREAM, all", "0f 00 00 02 6869", [.opened(0), .text(0, "hi", isFinal: true)]),
            ("long integers", "0e 4001 80000000 c000000000000002 6869", [.text(1, "hi")]),
            ("only an end", "0b 01 00", [.text(1, "", isFinal: true)]),
            ("nothing at all", "0a 00 00", [.opened(0)]),
            ("two parts", "0a 01 01 61  0e 01 01 01 62", [.text(1, "a"), .text(1, "b")]),
            (
                "a higher stream opens the lower ones", "0a 08 01 61",
                [.opened(0), .opened(4), .opened(8), .text(8, "a")]
            ),
            ("RESET_STREAM", "04 01 4190 05", [.reset(1, code: 400)]),
            ("RESET_STREAM of a new stream", "04 00 02 00", [.opened(0), .reset(0, code: 2)]),
            ("RESET_STREAM again", "04 01 01 02  04 01 02 02", [.reset(1, code: 1)]),
            ("RESET_STREAM behind FIN", "0b 01 01 61  04 01 02 01", [.text(1, "a", isFinal: true)]),
            ("STOP_SENDING", "05 01 03", [.stopSending(1, code: 3)]),
            ("STOP_SENDING again", "05 01 03  05 01 04", [.stopSending(1, code: 3)]),
            ("STOP_SENDING of a new stream", "05 00 01", [.opened(0), .stopSending(0, code: 1)]),
            ("MAX_DATA", "10 80200000", []),
            ("MAX_STREAM_DATA", "11 01 80200000", []),
            ("MAX_STREAM_DATA of a new stream", "11 00 01", [.opened(0)]),
            ("MAX_STREAMS", "12 d000000000000000", []),
            ("MAX_STREAMS of one direction", "13 d000000000000000", []),
            ("DATA_BLOCKED", "14 00", []),
            ("STREAM_DATA_BLOCKED", "15 01 05", []),
            ("STREAM_DATA_BLOCKED of a new stream", "15 00 00", [.opened(0)]),
            ("STREAMS_BLOCKED", "16 d000000000000000  17 d000000000000000", []),
            ("PADDING", "00 00 00", []),
            ("PING", "f48c67529ef8c7bd 00  f48c67529ef8c7bd 09", []),
            (
                "CONNECTION_CLOSE", "1c 0a 13 02 6e6f",
                [.ended(.init(isApplication: false, code: 10, frameType: 19, reason: "no"))]
            ),
            (
                "CONNECTION_CLOSE of the application", "1d 4100 00  0a 01 01 61",
                [.ended(.init(isApplication: true, code: 256, reason: ""))]
            ),
        ]
    )
    func meaning(_ name: String, _ frames: String, _ happenings: [Happening]) {
        let relay = self.relay()
        relay.receive(Wire.record(frames))
        #expect(relay.happenings() == happenings, "\(name)")
    }

    @Test func severalPingsGetOneAnswer() {
        let relay = self.relay()
        relay.receive(Wire.record("f48c67529ef8c7bd 01  f48c67529ef8c7bd 4100"))
        #expect(relay.digits() == Wire.written("f48c67529ef8c7be 4100"))
    }

    @Test func oneAnswerAnswersSeveralPings() {
        let relay = self.relay()
        #expect(relay.ping() == 1)
        _ = relay.output()
        #expect(relay.ping() == 2)
        #expect(relay.ping() == 3)
        #expect(relay.digits() == Wire.written("f48c67529ef8c7bd 03"))
        relay.receive(Wire.record("f48c67529ef8c7be 03", "f48c67529ef8c7be 01"))
        #expect(relay.happenings() == [.answeredPing(3)])
    }

    @Test func stopSendingIsAnsweredByAReset() {
        let relay = self.relay()
        relay.send("never sent", on: 1)
        relay.receive(Wire.record("05 01 07"))
        #expect(relay.digits() == Wire.written("04 01 07 03"))
        #expect(relay.queued(on: 1) == 0)
    }

    @Test func aCloseEndsEverything() {
        let relay = self.relay()
        relay.send("never sent", on: 1)
        relay.receive(Wire.record("1c 00 00 00"))
        #expect(relay.happenings().count == 1)
        #expect(relay.hasEnded)
        #expect(!relay.hasOutput)
        relay.receive(Wire.record("0a 01 01 61"))
        #expect(relay.happenings().isEmpty)
    }

    @Test func nothingCanBeOpenedBeforeTheParametersOrBehindTheEnd() {
        let relay = End(.relay)
        #expect(relay.open() == nil)
        #expect(relay.idleTimeout == nil)
        relay.receive(Wire.record(Wire.greeting))
        #expect(relay.happenings() == [.ready])
        #expect(relay.open() == 1)
        relay.close(.init(isApplication: true, code: 0, reason: ""))
        #expect(relay.open() == nil)
    }
}
