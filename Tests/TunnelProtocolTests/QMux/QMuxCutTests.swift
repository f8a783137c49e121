import NIOCore
import Testing

@testable import TunnelProtocol

/// TCP cuts where it likes: a session means the same wherever its bytes are cut.
@Suite("QMux: cut anywhere")
struct QMuxCutTests {
    /// What both ends saw of one session, and how many bytes went each way.
    private struct Seen: Equatable {
        var byRelay: [Happening] = []
        var byConnector: [Happening] = []
        var toRelay = 0
        var toConnector = 0
    }

    /// A session with every frame that the machine writes, in windows small enough that credit is given again and again.
    private func session(
        cut: @escaping (_ role: QMux.Connection.Role, _ bytes: ByteBuffer, _ before: Int) -> [ByteBuffer]
    ) -> Seen {
        var settings = QMux.Settings()
        settings.streamWindow = 40
        settings.connectionWindow = 60
        settings.concurrentStreams = 2
        settings.idleTimeout = 20_000
        var pair = Pair(settings)
        pair.cut = cut
        var seen = Seen()
        /// Carries everything; readers take what they get at once.
        func carry() {
            while pair.connector.hasOutput || pair.relay.hasOutput {
                pair.pump()
                for end in [pair.connector, pair.relay] {
                    let happenings = end.happenings()
                    for case .data(let id, let bytes, _) in happenings { end.consume(bytes.readableBytes, on: id) }
                    if end === pair.relay { seen.byRelay += happenings } else { seen.byConnector += happenings }
                }
            }
        }
        carry()
        pair.connector.open()
        pair.connector.send("{\"type\":\"hello\"}\n", on: 0)
        pair.relay.open()
        pair.relay.open()
        #expect(pair.relay.open() == nil)
        pair.relay.send("a question", on: 1, isFinal: true)
        pair.relay.send("another", on: 5)
        carry()
        pair.connector.send(String(repeating: "a long answer ", count: 12), on: 1, isFinal: true)
        pair.connector.send("a short one", on: 5)
        #expect(pair.connector.ping() == 1)
        carry()
        pair.relay.stopSending(5, code: 1)
        pair.relay.reset(5, code: 1)
        #expect(pair.relay.ping() == 1)
        carry()
        pair.relay.open()
        pair.relay.send("", on: 9, isFinal: true)
        carry()
        pair.connector.reset(9, code: 2)
        carry()
        pair.connector.close(.init(isApplication: true, code: 6, reason: "draining"))
        carry()
        seen.toRelay = pair.toRelay.readableBytes
        seen.toConnector = pair.toConnector.readableBytes
        return seen
    }

    private static func twoPieces(_ bytes: ByteBuffer, at index: Int) -> [ByteBuffer] {
        var rest = bytes
        guard index > 0, let first = rest.readSlice(length: index) else { return [bytes] }
        return [first, rest]
    }

    private static func pieces(_ bytes: ByteBuffer, of length: Int) -> [ByteBuffer] {
        var rest = bytes
        var pieces: [ByteBuffer] = []
        while let piece = rest.readSlice(length: min(length, rest.readableBytes)), piece.readableBytes > 0 {
            pieces.append(piece)
        }
        return pieces
    }

    @Test func theSessionHasEverything() {
        let seen = self.session { _, bytes, _ in [bytes] }
        #expect(seen.byRelay.first == .ready)
        #expect(seen.byRelay.contains(.streamsAvailable))
        #expect(seen.byRelay.contains(.answeredPing(1)))
        #expect(seen.byRelay.contains(.closed(9)))
        #expect(seen.byRelay.last?.end?.code == 6)
        #expect(seen.byConnector.contains(.stopSending(5, code: 1)))
        #expect(seen.byConnector.contains(.closed(1)))
        let answer = seen.byRelay.reduce(into: ByteBuffer()) { whole, happening in
            if case .data(1, let bytes, _) = happening { whole.writeImmutableBuffer(bytes) }
        }
        #expect(String(buffer: answer) == String(repeating: "a long answer ", count: 12))
    }

    @Test("at every byte, on the way to", arguments: [QMux.Connection.Role.relay, .connector])
    func everywhere(_ cutRole: QMux.Connection.Role) {
        let whole = self.session { _, bytes, _ in [bytes] }
        for index in 1..<(cutRole == .relay ? whole.toRelay : whole.toConnector) {
            let seen = self.session { role, bytes, before in
                role == cutRole ? Self.twoPieces(bytes, at: index - before) : [bytes]
            }
            guard seen == whole else {
                Issue.record("cut at \(index) it is another session: \(seen)")
                return
            }
        }
    }

    @Test("in pieces of", arguments: 1...20)
    func inPieces(_ length: Int) {
        let whole = self.session { _, bytes, _ in [bytes] }
        #expect(self.session { _, bytes, _ in Self.pieces(bytes, of: length) } == whole)
    }

    /// Bytes that are delivered are slices of what was read: what comes later must not change them.
    @Test func tornBytesStayWhatTheyWere() {
        let relay = End.greeted(.relay)
        let text = String(repeating: "0123456789", count: 20)
        let record = Wire.bytes(Wire.record(Wire.stream(0, at: 0, text)))
        for piece in Self.twoPieces(record, at: 30) { relay.receive(piece) }
        let happenings = relay.happenings()
        for piece in Self.pieces(Wire.bytes(Wire.record(Wire.stream(0, at: 200, "later"))), of: 3) {
            relay.receive(piece)
        }
        #expect(happenings == [.opened(0), .text(0, text)])
        #expect(relay.happenings() == [.text(0, "later")])
    }

    /// A size is refused as soon as it is known, before any of its bytes is held.
    @Test func aSizeThatIsTooLargeIsRefusedAtOnce() {
        let relay = End.greeted(.relay)
        for byte in ["80", "01", "00"] { relay.receive(byte) }
        #expect(!relay.hasEnded)
        relay.receive("01")
        #expect(relay.hasEnded)
    }

    /// Records may be as long as was promised.
    @Test func theLargestRecord() {
        let relay = End.greeted(.relay)
        let text = String(repeating: "a", count: 65_536 - 2)
        relay.receive("80010000" + "0800" + Wire.digits(text))
        #expect(relay.happenings() == [.opened(0), .text(0, text)])
    }
}
