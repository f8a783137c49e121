import NIOCore
import Testing

@testable import TunnelProtocol

/// How an end keeps to what its peer allows, and what its writers hear of it.
@Suite("QMux: credit kept")
struct QMuxSendingCreditTests {
    /// A relay whose peer allows so many bytes in all, on streams of its own, on streams of the relay, and so many of these.
    private func relay(
        inAll: UInt64,
        local: UInt64 = 60,
        remote: UInt64 = 60,
        streams: UInt64 = 10,
        buffer: Int = 10
    ) -> End {
        var settings = QMux.Settings()
        settings.streamBuffer = buffer
        let values = ["04": inAll, "05": local, "06": remote, "08": streams].mapValues { Wire.integer($0) }
        let block = values.map { $0.key + Wire.integer(UInt64($0.value.count / 2)) + $0.value }.joined()
        return End.greeted(.relay, settings, by: Wire.parameters(block))
    }

    @Test func whoOpensAStreamDecidesWhichLimitHolds() {
        let relay = self.relay(inAll: 60, local: 2, remote: 4)
        relay.open()
        relay.receive(Wire.record("0a 00 00"))
        _ = relay.happenings()
        relay.send("abcdef", on: 0)
        relay.send("abcdef", on: 1)
        #expect(relay.digits() == Wire.written("0a 00 02 6162", "0a 01 04 61626364"))
        #expect(relay.queued(on: 0) == 4)
        #expect(relay.queued(on: 1) == 2)
        #expect(!relay.hasOutput)
    }

    @Test func aStreamGoesOnWhenItGetsCredit() {
        let relay = self.relay(inAll: 60, remote: 3)
        relay.open()
        relay.send("abcdef", on: 1, isFinal: true)
        #expect(relay.digits() == Wire.written("0a 01 03 616263"))
        relay.receive(Wire.record("11 01 02  11 01 03"))
        #expect(!relay.hasOutput, "a limit never falls")
        relay.receive(Wire.record("11 01 05"))
        #expect(relay.digits() == Wire.written("0e 01 03 02 6465"))
        relay.receive(Wire.record("11 01 bfffffff"))
        #expect(relay.digits() == Wire.written("0f 01 05 01 66"))
    }

    @Test func streamsGoOnInTurnWhenTheConnectionGetsCredit() {
        let relay = self.relay(inAll: 5)
        for _ in 0..<4 { relay.open() }
        relay.send("abcdefgh", on: 1)
        relay.send("ij", on: 5, isFinal: true)
        relay.send("", on: 9, isFinal: true)
        #expect(relay.digits() == Wire.written("0a 01 05 6162636465", "0b 09 00"), "an end needs no credit")
        relay.send("k", on: 13)
        #expect(!relay.hasOutput)
        relay.receive(Wire.record("10 05"))
        #expect(!relay.hasOutput)
        relay.receive(Wire.record("10 06"))
        let first = relay.output()
        relay.receive(Wire.record("10 3f"))
        let second = relay.output()
        let frames = WrittenRecord.frames(of: first) + WrittenRecord.frames(of: second)
        #expect(frames.map(\.count).reduce(0, +) == 6)
        #expect(Set(frames.map(\.id)) == [1, 5, 13])
        #expect(frames.last { $0.id == 5 }?.isFinal == true)
        #expect(!relay.hasOutput)
    }

    @Test func creditOfTheConnectionThatIsLeftIsUsedByAnybody() {
        let relay = self.relay(inAll: 6, remote: 3)
        relay.open()
        relay.open()
        relay.send("abcde", on: 1)
        relay.send("fghij", on: 5)
        #expect(relay.digits() == Wire.written("0a 01 03 616263", "0a 05 03 666768"))
        // Both limits are reached now; either alone is not enough.
        relay.receive(Wire.record("11 01 05"))
        #expect(!relay.hasOutput)
        relay.receive(Wire.record("10 3f"))
        #expect(relay.digits() == Wire.written("0e 01 03 02 6465"))
        relay.receive(Wire.record("11 05 05"))
        #expect(relay.digits() == Wire.written("0e 05 03 02 696a"))
    }

    @Test func aStreamThatWaitsCanBeReset() {
        let relay = self.relay(inAll: 2)
        for _ in 0..<3 { relay.open() }
        for id: UInt64 in [1, 5, 9] { relay.send("ab", on: id) }
        #expect(relay.digits() == Wire.written("0a 01 02 6162"))
        relay.reset(5, code: 1)
        #expect(relay.digits() == Wire.written("04 05 01 00"))
        relay.receive(Wire.record("10 3f"))
        #expect(relay.digits() == Wire.written("0a 09 02 6162"))
    }

    // MARK: Writers

    @Test func aWriterHearsOfRoomAtHalfItsBuffer() {
        let relay = self.relay(inAll: 60, remote: 4)
        relay.open()
        relay.send("0123456789", on: 1)
        _ = relay.output()
        #expect(relay.happenings() == [], "6 of 10 wait")
        relay.receive(Wire.record("11 01 05"))
        _ = relay.output()
        #expect(relay.happenings() == [.writable(1)])
        relay.receive(Wire.record("11 01 09"))
        _ = relay.output()
        #expect(relay.happenings() == [], "once is enough")
        relay.send("0123456789", on: 1)
        relay.receive(Wire.record("11 01 3f"))
        _ = relay.output()
        #expect(relay.happenings() == [.writable(1)])
    }

    @Test func aWriterThatWaitsEarlierHearsWhenSomethingHasLeft() {
        let relay = self.relay(inAll: 60)
        relay.open()
        relay.awaitRoom(on: 1)
        relay.send("a", on: 1)
        _ = relay.output()
        #expect(relay.happenings() == [], "nothing was queued when it was asked")
        relay.send("b", on: 1)
        relay.awaitRoom(on: 1)
        #expect(relay.happenings() == [])
        _ = relay.output()
        #expect(relay.happenings() == [.writable(1)])
    }

    @Test func aWriterBelowItsBufferHearsNothing() {
        let relay = self.relay(inAll: 60)
        relay.open()
        relay.send("012345678", on: 1)
        _ = relay.output()
        #expect(relay.happenings() == [])
    }

    @Test func nothingIsSentBehindAnEnd() {
        let relay = self.relay(inAll: 60)
        relay.open()
        relay.send("a", on: 1, isFinal: true)
        relay.send("b", on: 1)
        #expect(relay.digits() == Wire.written("0b 01 01 61"))
        relay.send("c", on: 1)
        relay.reset(1, code: 1)
        #expect(!relay.hasOutput)
    }

    // MARK: How many streams

    @Test func streamsAreOpenedUpToTheLimitAndItsRiseIsToldOnce() {
        let relay = self.relay(inAll: 60, streams: 1)
        #expect(relay.open() == 1)
        relay.receive(Wire.record("12 02"))
        #expect(relay.happenings() == [], "nobody has asked")
        #expect(relay.open() == 5)
        #expect(relay.open() == nil)
        relay.receive(Wire.record("12 01  12 02  13 3f"))
        #expect(relay.happenings() == [])
        relay.receive(Wire.record("12 03  12 04"))
        #expect(relay.happenings() == [.streamsAvailable])
        #expect(relay.open() == 9)
        #expect(relay.open() == 13)
        #expect(relay.open() == nil)
    }

    @Test func aHandleOfAStreamThatIsOverDoesNothing() {
        let relay = self.relay(inAll: 60)
        relay.open()
        relay.reset(1, code: 0)
        relay.receive(Wire.record("04 01 00 00"))
        #expect(relay.happenings() == [.reset(1, code: 0), .closed(1)])
        _ = relay.output()
        // Another stream has its slot.
        #expect(relay.open() == 5)
        relay.send("late", on: 1)
        relay.reset(1, code: 0)
        relay.stopSending(1, code: 0)
        relay.consume(5, on: 1)
        #expect(relay.queued(on: 1) == 0)
        #expect(relay.queued(on: 5) == 0)
        #expect(!relay.hasOutput)
        relay.send("a", on: 5)
        #expect(relay.digits() == Wire.written("0a 05 01 61"))
    }
}
