import NIOCore
import Testing

@testable import TunnelProtocol

/// What an end lets its peer send (RFC 9000 §4).
@Suite("QMux: credit given")
struct QMuxReceivingCreditTests {
    /// A relay that allows 10 bytes on each stream, whose peer has sent some on stream 0.
    private func relay(sent text: String, connectionWindow: Int = 1_000) -> End {
        var settings = QMux.Settings()
        settings.streamWindow = 10
        settings.connectionWindow = connectionWindow
        settings.concurrentStreams = 4
        let relay = End.greeted(.relay, settings)
        relay.receive(Wire.record(Wire.stream(0, at: 0, text)))
        return relay
    }

    @Test func aStreamsCreditComesBackAtHalfAWindow() {
        let relay = self.relay(sent: "0123456789")
        #expect(relay.happenings().count == 2)
        #expect(!relay.hasOutput, "what was delivered is not consumed yet")
        relay.consume(4, on: 0)
        #expect(!relay.hasOutput)
        relay.consume(1, on: 0)
        #expect(relay.digits() == Wire.written("11 00 0f"))
        relay.consume(4, on: 0)
        #expect(!relay.hasOutput)
        relay.receive(Wire.record(Wire.stream(0, at: 10, "abcde")))
        #expect(relay.happenings() == [.text(0, "abcde")])
        #expect(!relay.hasEnded)
    }

    @Test func creditThatWaitsIsSaidOnceAndAsItIsThen() {
        let relay = self.relay(sent: "0123456789")
        _ = relay.happenings()
        relay.consume(5, on: 0)
        relay.consume(2, on: 0)
        relay.consume(3, on: 0)
        #expect(relay.digits() == Wire.written("11 00 14"))
    }

    @Test func noMoreIsConsumedThanCame() {
        let relay = self.relay(sent: "012345")
        _ = relay.happenings()
        relay.consume(1_000, on: 0)
        relay.consume(-5, on: 0)
        #expect(relay.digits() == Wire.written("11 00 10"))
        relay.consume(.max, on: 0)
        #expect(!relay.hasOutput)
    }

    @Test func aStreamThatHasEndedNeedsNoCredit() {
        let relay = self.relay(sent: "0123")
        _ = relay.happenings()
        relay.receive(Wire.record(Wire.stream(0, at: 4, "456789", isFinal: true)))
        relay.consume(10, on: 0)
        #expect(!relay.hasOutput)
    }

    @Test func creditThatWaitsWhenTheStreamEndsIsNotSaid() {
        let relay = self.relay(sent: "0123456789")
        _ = relay.happenings()
        relay.consume(10, on: 0)
        relay.receive(Wire.record("04 00 00 0a"))
        #expect(relay.digits() == "")
        #expect(!relay.hasOutput)
    }

    @Test func theConnectionsCreditComesBackOnReceipt() {
        let relay = self.relay(sent: "0123", connectionWindow: 12)
        #expect(!relay.hasOutput)
        relay.receive(Wire.record(Wire.stream(4, at: 0, "45")))
        #expect(relay.digits() == Wire.written("10 12"), "though nobody has read a byte")
        relay.receive(Wire.record(Wire.stream(4, at: 2, "678"), Wire.stream(8, at: 0, "012345678")))
        #expect(relay.digits() == Wire.written("10 1e"))
        #expect(!relay.hasEnded)
    }

    @Test func aResetCountsItsFinalSize() {
        let relay = self.relay(sent: "01", connectionWindow: 12)
        relay.receive(Wire.record("04 00 05 08"))
        #expect(relay.happenings() == [.opened(0), .text(0, "01"), .reset(0, code: 5)])
        #expect(relay.digits() == Wire.written("10 14"))
        relay.receive(Wire.record(Wire.stream(4, at: 0, "0123456789")))
        _ = relay.output()
        relay.receive(Wire.record("04 08 00 0a"))
        #expect(!relay.hasEnded)
    }

    // MARK: stopSending

    @Test func whatWasNotDeliveredIsDroppedAndItsCreditReturned() {
        let relay = self.relay(sent: "012345")
        #expect(relay.nextHappening() == .opened(0))
        relay.stopSending(0, code: 1)
        relay.stopSending(0, code: 2)
        #expect(relay.nextHappening() == nil)
        #expect(relay.digits() == Wire.written("05 00 01", "11 00 10"))
        // What comes still is dropped at once.
        relay.receive(Wire.record(Wire.stream(0, at: 6, "6789a")))
        #expect(relay.digits() == Wire.written("11 00 15"))
        relay.receive(Wire.record("04 00 01 0b"))
        #expect(relay.nextHappening() == nil)
        relay.reset(0, code: 0)
        #expect(relay.happenings() == [.closed(0)])
    }

    @Test func anEndThatWasNotDeliveredIsDroppedToo() {
        let relay = self.relay(sent: "012")
        relay.receive(Wire.record(Wire.stream(0, at: 3, "345", isFinal: true)))
        #expect(relay.nextHappening() == .opened(0))
        #expect(relay.nextHappening() == .text(0, "012"))
        relay.stopSending(0, code: 1)
        #expect(relay.nextHappening() == nil)
        #expect(!relay.hasOutput, "the peer has stopped already")
    }

    @Test func aResetThatWasNotDeliveredIsDroppedToo() {
        let relay = self.relay(sent: "012")
        relay.receive(Wire.record("04 00 00 03"))
        #expect(relay.nextHappening() == .opened(0))
        relay.stopSending(0, code: 1)
        #expect(relay.nextHappening() == nil)
    }

    /// Also when both directions are over, and only the reader is behind.
    @Test func aStreamThatIsOverCanBeStopped() {
        let relay = self.relay(sent: "012")
        #expect(relay.nextHappening() == .opened(0))
        relay.send("", on: 0, isFinal: true)
        _ = relay.output()
        relay.receive(Wire.record(Wire.stream(0, at: 3, "345", isFinal: true)))
        #expect(relay.openStreams == 0)
        relay.stopSending(0, code: 1)
        #expect(relay.happenings() == [.closed(0)])
        #expect(!relay.hasOutput)
    }

    /// And when the connection is.
    @Test func aStreamOfAConnectionThatIsOverCanBeStopped() {
        let relay = self.relay(sent: "012")
        #expect(relay.nextHappening() == .opened(0))
        relay.receive(Wire.record("1d 00 00"))
        relay.stopSending(0, code: 1)
        #expect(relay.happenings().map { $0.end != nil } == [true])
        #expect(!relay.hasOutput)
    }

    // MARK: MAX_STREAMS

    @Test func streamsAreRenewedInStepsOfHalfTheLimit() {
        let relay = self.relay(sent: "")
        for id: UInt64 in [0, 4] {
            relay.receive(Wire.record("0b" + Wire.integer(id) + "00"))
            _ = relay.happenings()
            #expect(!relay.hasOutput)
            relay.reset(id, code: 0)
            if id == 0 { #expect(relay.digits() == Wire.written("04 00 00 00")) }
        }
        #expect(relay.digits() == Wire.written("12 06", "04 04 00 00"))
        relay.receive(Wire.record("0a 14 00"))
        #expect(relay.happenings() == [.closed(4), .opened(8), .opened(12), .opened(16), .opened(20)])
        #expect(relay.openStreams == 4)
    }

    /// Calls came and went, too few for the limit to be renewed; then others come and stay.
    @Test func everyPlaceCanBeTaken() {
        var settings = QMux.Settings()
        settings.concurrentStreams = 8
        var pair = Pair.greeted(settings)
        for over in 0...8 {
            for _ in 0..<over {
                guard let id = pair.relay.open() else { break }
                pair.relay.reset(id, code: 0)
                pair.pump()
                _ = pair.connector.happenings()
                pair.connector.reset(id, code: 0)
                pair.pump()
                _ = (pair.connector.happenings(), pair.relay.happenings())
            }
            var opened: [UInt64] = []
            while let id = pair.relay.open() {
                pair.relay.send("a", on: id)
                pair.pump()
                _ = pair.connector.happenings()
                opened.append(id)
            }
            #expect(opened.count == 8 && pair.connector.openStreams == 8, "\(over) were over")
            for id in opened {
                pair.relay.reset(id, code: 0)
                pair.connector.reset(id, code: 0)
            }
            pair.pump()
            _ = (pair.connector.happenings(), pair.relay.happenings())
        }
    }

    @Test func aLimitThatWasNotSaidYetDoesNotHold() {
        let relay = self.relay(sent: "")
        relay.receive(Wire.record("0b 00 00  0b 04 00"))
        _ = relay.happenings()
        relay.reset(0, code: 0)
        relay.reset(4, code: 0)
        relay.receive(Wire.record("0a 10 00"))
        #expect(relay.happenings().last?.end?.code == QMux.ErrorCode.streamLimitError.rawValue)
    }
}
