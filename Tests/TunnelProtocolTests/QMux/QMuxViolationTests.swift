import NIOCore
import Testing

@testable import TunnelProtocol

/// Whatever a peer does wrong ends the connection with the code that the documents give.
@Suite("QMux: violations")
struct QMuxViolationTests {
    /// What a peer does, and what it hears.
    struct Row: CustomTestStringConvertible {
        var testDescription: String
        var digits: String
        var code: QMux.ErrorCode
        var frameType: UInt64?
        var reason: String

        init(_ name: String, _ digits: String, _ code: QMux.ErrorCode, _ frameType: UInt64?, _ reason: String) {
            self.testDescription = name
            self.digits = digits
            self.code = code
            self.frameType = frameType
            self.reason = reason
        }

        /// Whether this is how the connection ended.
        func check(_ happening: Happening?) {
            guard let end = happening?.end else {
                Issue.record("the connection goes on")
                return
            }
            #expect(!end.isApplication)
            #expect(QMux.ErrorCode(rawValue: end.code) == self.code)
            #expect(end.frameType == self.frameType)
            #expect(end.reason.contains(self.reason), "\(end.reason)")
        }

        /// The last record that is written then.
        static func farewell(_ end: QMux.ConnectionError) -> String {
            "1c" + Wire.integer(end.code) + Wire.integer(end.frameType ?? 0)
                + Wire.integer(UInt64(end.reason.utf8.count)) + Wire.digits(end.reason)
        }
    }

    /// An end that allows 3 streams of 10 bytes and 15 in all, has sent three bytes on its first stream, and one ping.
    private func end(_ role: QMux.Connection.Role) -> End {
        var settings = QMux.Settings()
        settings.streamWindow = 10
        settings.connectionWindow = 15
        settings.concurrentStreams = 3
        let end = End.greeted(role, settings)
        end.send("abc", on: end.open() ?? 99)
        _ = end.ping()
        _ = end.ping()
        _ = end.output()
        return end
    }

    private func expect(_ row: Row, endsThe role: QMux.Connection.Role) {
        let end = self.end(role)
        // Something delivered before it, and much that waits to be said.
        let (own, theirs): (UInt64, UInt64) = role == .relay ? (1, 8) : (0, 9)
        end.receive(Wire.record(Wire.stream(own, at: 0, "before")))
        end.send("waits", on: own)
        // Right behind the mistake come bytes, in its record and in the next one.
        end.receive(row.digits)
        end.receive(Wire.record(Wire.stream(theirs, at: 0, "x")))
        #expect(end.hasEnded)
        let happenings = end.happenings()
        #expect(happenings.first == .text(own, "before"))
        row.check(happenings.last)
        #expect(happenings.filter { $0.end != nil }.count == 1)
        #expect(
            !happenings.contains { if case .data(_, let bytes, _) = $0 { String(buffer: bytes) == "x" } else { false } }
        )
        // Only CONNECTION_CLOSE is said.
        #expect(happenings.last?.end.map { Wire.written(Row.farewell($0)) } == end.digits())
        #expect(!end.hasOutput)
        // And nothing can be done with it.
        end.send("late", on: own)
        end.reset(own, code: 0)
        end.stopSending(own, code: 0)
        end.consume(6, on: own)
        _ = end.ping()
        end.close(.init(isApplication: true, code: 1, reason: ""))
        #expect(end.open() == nil)
        #expect(!end.hasOutput)
        #expect(end.nextHappening() == nil)
    }

    @Test(arguments: Row.records + Row.frames + Row.streamsOfTheRelay)
    func relay(_ row: Row) { self.expect(row, endsThe: .relay) }

    @Test(arguments: Row.records + Row.frames + Row.streamsOfTheConnector)
    func connector(_ row: Row) { self.expect(row, endsThe: .connector) }

    @Test(arguments: Row.greetings)
    func beforeTheParameters(_ row: Row) {
        let relay = End(.relay)
        relay.receive(row.digits)
        let happenings = relay.happenings()
        row.check(happenings.last)
        #expect(happenings.count == 1)
        let said = relay.digits()
        #expect(said.dropFirst(4).hasPrefix("ff5153300d0a0d0a"), "our own parameters are the first frame still")
        #expect(happenings.last?.end.map { said.hasSuffix(Row.farewell($0)) } == true)
    }

    @Test func noPingWasSent() {
        let relay = End.greeted(.relay)
        relay.receive(Wire.record("f48c67529ef8c7be 00"))
        #expect(relay.happenings().last?.end?.code == QMux.ErrorCode.protocolViolation.rawValue)
    }

    /// What is delivered before a mistake in the same record was right, and stays.
    @Test func framesBeforeAMistakeAreDelivered() {
        let relay = self.end(.relay)
        relay.receive(Wire.record(Wire.stream(1, at: 0, "a"), "02", Wire.stream(1, at: 1, "b")))
        let happenings = relay.happenings()
        #expect(happenings.first == .text(1, "a"))
        #expect(happenings.count == 2)
    }
}
