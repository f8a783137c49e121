import NIOCore
import Testing

@testable import TunnelProtocol

/// Small pieces that are written when they are sent, because nothing has to wait.
@Suite("QMux: written at once")
struct QMuxWritingTests {
    /// A relay with two streams of its own, whose peer takes so many bytes in all and of each stream.
    private func relay(inAll: UInt64 = 1 << 20, each: UInt64 = 1 << 20) -> End {
        let values = ["04": inAll, "05": each, "06": each, "08": 10].mapValues { Wire.integer($0) }
        let block = values.map { $0.key + Wire.integer(UInt64($0.value.count / 2)) + $0.value }.joined()
        let relay = End.greeted(.relay, by: Wire.parameters(block))
        relay.open()
        relay.open()
        return relay
    }

    @Test func itLeavesInOneRecordBeforeEverythingElse() {
        let relay = self.relay()
        #expect(relay.write("ab", on: 1))
        #expect(relay.write("cd", on: 5))
        #expect(relay.write("e", on: 1))
        #expect(relay.queued(on: 1) == 0)
        relay.reset(5, code: 1)
        relay.send("f", on: 1, isFinal: true)
        #expect(relay.hasOutput)
        #expect(
            relay.digits()
                == Wire.written("0a 01 02 6162", "0a 05 02 6364", "0e 01 02 01 65")
                + Wire.written("04 05 01 02", "0f 01 03 01 66")
        )
        #expect(!relay.hasOutput)
    }

    @Test func whoWaitsIsNotOvertaken() {
        let relay = self.relay()
        relay.send("ab", on: 1)
        #expect(!relay.write("c", on: 1))
        #expect(!relay.write("c", on: 5))
        _ = relay.output()
        #expect(relay.write("c", on: 5))
        relay.send("d", on: 5, isFinal: true)
        _ = relay.output()
        #expect(!relay.write("e", on: 5), "it has ended")
        relay.reset(1, code: 0)
        #expect(!relay.write("e", on: 1), "it was reset")
    }

    @Test func creditIsKeptTo() {
        let relay = self.relay(inAll: 10, each: 6)
        #expect(!relay.write("1234567", on: 1))
        #expect(relay.write("123456", on: 1))
        #expect(!relay.write("1", on: 1))
        #expect(!relay.write("1234", on: 5), "the last of the connection's credit is for what is queued")
        #expect(relay.write("123", on: 5))
        relay.send("4", on: 5)
        let written = Wire.written("0a 01 06 313233343536", "0a 05 03 313233")
        #expect(relay.digits() == written + Wire.written("0e 05 03 01 34"))
        #expect(!relay.write("5", on: 5))
    }

    @Test func nothingIsWrittenBeforeTheParametersOrAfterTheEnd() {
        let relay = End(.relay)
        relay.receive(Wire.record(Wire.greeting))
        relay.open()
        #expect(!relay.write("a", on: 1))
        _ = relay.output()
        #expect(relay.write("a", on: 1))
        _ = relay.output()
        #expect(relay.write("b", on: 1))
        relay.receive(Wire.record("1d 00 00"))
        #expect(relay.hasEnded)
        #expect(!relay.hasOutput, "a peer that is gone is told nothing")
        #expect(!relay.write("c", on: 1))
    }

    /// More than fits into a record, up to what leaves in one write.
    @Test func recordsAreNoLargerThanEveryPeerTakes() {
        let relay = self.relay()
        let piece = ByteBuffer(repeating: 7, count: 4_096)
        var count = 0
        while relay.write(piece, on: 1) { count += 1 }
        #expect((14...16).contains(count))
        #expect(!relay.write(ByteBuffer(repeating: 7, count: 20_000), on: 5), "a piece that no record holds")
        let connector = End.greeted(.connector, by: Wire.greeting)
        connector.receive(relay.output())
        let received = connector.happenings().reduce(0) { sum, happening in
            if case .data(_, let bytes, _) = happening { sum + bytes.readableBytes } else { sum }
        }
        #expect(received == count * piece.readableBytes)
    }
}
