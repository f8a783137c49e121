import NIOCore

@testable import TunnelProtocol

/// Both ends of a connection, joined by a wire that keeps what was said.
struct Pair {
    let connector: End
    let relay: End
    /// Everything that went from the connector to the relay, and the other way.
    private(set) var toRelay = ByteBuffer()
    private(set) var toConnector = ByteBuffer()
    /// How what an end is to get is cut: the bytes, and how many it got before them.
    var cut: (_ role: QMux.Connection.Role, _ bytes: ByteBuffer, _ before: Int) -> [ByteBuffer] = { _, bytes, _ in
        [bytes]
    }

    init(_ settings: QMux.Settings = .init()) {
        self.connector = End(.connector, settings)
        self.relay = End(.relay, settings)
    }

    /// Two ends that have greeted each other.
    static func greeted(_ settings: QMux.Settings = .init()) -> Pair {
        var pair = Pair(settings)
        pair.pump()
        _ = pair.connector.happenings()
        _ = pair.relay.happenings()
        return pair
    }

    /// Carries bytes in both directions until neither end has any.
    mutating func pump() {
        while self.connector.hasOutput || self.relay.hasOutput {
            var there = self.connector.output()
            for piece in self.cut(.relay, there, self.toRelay.readableBytes) { self.relay.receive(piece) }
            self.toRelay.writeBuffer(&there)
            var back = self.relay.output()
            for piece in self.cut(.connector, back, self.toConnector.readableBytes) { self.connector.receive(piece) }
            self.toConnector.writeBuffer(&back)
        }
    }
}
