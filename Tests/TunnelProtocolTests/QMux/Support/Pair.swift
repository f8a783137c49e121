import NIOCore

@testable import TunnelProtocol

/// Both ends of a connection, joined by a wire that keeps what was said.
struct Pair {
    let connector: End
    let relay: End
    /// Everything that went from the connector to the relay, and the other way.
    private(set) var toRelay = ByteBuffer()
    private(set) var toConnector = ByteBuffer()

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
            self.relay.receive(there)
            self.toRelay.writeBuffer(&there)
            var back = self.relay.output()
            self.connector.receive(back)
            self.toConnector.writeBuffer(&back)
        }
    }
}
