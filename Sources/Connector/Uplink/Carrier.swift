/// What a tunnel's bytes travel in behind the HTTP request that opens it.
package enum Carrier: String, Hashable, Sendable, CaseIterable {
    /// The upgraded connection as it is.
    case upgrade
    /// Binary messages of a WebSocket, which proxies pass that know no other upgrade.
    case websocket

    fileprivate var other: Carrier { self == .upgrade ? .websocket : .upgrade }
}

/// Which carrier is wanted.
package enum CarrierChoice: String, Hashable, Sendable, CaseIterable {
    /// The one that goes through.
    case auto
    case upgrade
    case websocket
}

/// Finds out which carrier goes through to the relay, as a pure value.
///
/// The connection as it is comes first. A dial that fails in a way that may be the carrier's fault is tried at once with the other one.
/// Some boxes on the way let the upgrade pass and then break what follows: a tunnel that ends before the relay's first word counts
/// against its carrier, and after two of them the other one is tried first, twice as well, and so on until one is proven.
package struct CarrierMemory: Hashable, Sendable {
    private let choice: CarrierChoice
    /// The carrier of the last tunnel that worked.
    package private(set) var proven: Carrier?
    private var broken = 0

    private static let patience = 2

    /// - Parameter proven: what has worked at an earlier time.
    package init(_ choice: CarrierChoice, proven: Carrier? = nil) {
        self.choice = choice
        self.proven = proven
    }

    /// The carriers for the next dial, in their order.
    package var order: [Carrier] {
        switch self.choice {
        case .upgrade: return [.upgrade]
        case .websocket: return [.websocket]
        case .auto:
            let best = self.proven ?? .upgrade
            let first = self.broken / Self.patience % 2 == 0 ? best : best.other
            return [first, first.other]
        }
    }

    /// The relay has spoken through a tunnel.
    /// - Returns: whether that is news.
    package mutating func worked(_ carrier: Carrier) -> Bool {
        self.broken = 0
        defer { self.proven = carrier }
        return self.proven != carrier
    }

    /// A tunnel ended before the relay had spoken.
    package mutating func broke(_ carrier: Carrier) {
        self.broken += 1
    }
}
