import Logging
import NIOCore
import Synchronization
import Vocabulary

/// What the relay has room for: connections, and bodies of requests that are being read.
final class Capacity: Sendable {
    private struct Refusals {
        var count = 0
        var lastTold: NIODeadline?
    }

    private let tally: Mutex<ConnectionTally>
    private let refusals = Mutex(Refusals())
    private let largestBodies: Int
    private let bodies = Atomic<Int>(0)

    init(_ configuration: IngressConfiguration) {
        self.largestBodies = configuration.largestBodies
        self.tally = Mutex(
            ConnectionTally(
                limits: .init(
                    all: configuration.mostConnections,
                    ofOne: configuration.mostConnectionsOfOne,
                    ratePerSecond: configuration.newConnectionsOfOne
                )
            )
        )
    }

    /// A connection has come; see ``ConnectionTally/enter(_:now:)``.
    func enter(_ address: NetworkAddress?, logger: Logger) -> ConnectionTally.Verdict {
        self.told(self.tally.withLock { $0.enter(address, now: .now()) }, address, logger)
    }

    /// A connection has said whom it is for; see ``ConnectionTally/enter(from:now:)``.
    func enter(from address: NetworkAddress, logger: Logger) -> ConnectionTally.Verdict {
        self.told(self.tally.withLock { $0.enter(from: address, now: .now()) }, address, logger)
    }

    /// Tells whoever hosts the relay of those who are turned away.
    private func told(
        _ verdict: ConnectionTally.Verdict,
        _ address: NetworkAddress?,
        _ logger: Logger
    ) -> ConnectionTally.Verdict {
        switch verdict {
        case .welcome: break
        case .shed: self.tell("calls are refused: connections are running out (limits.connections)", nil, logger)
        case .full: self.tell("connections are refused: there are too many (limits.connections)", address, logger)
        case .tooMany:
            self.tell(
                "connections are refused: too many of one address (limits.connections-per-address)",
                address,
                logger
            )
        case .tooFast:
            self.tell(
                "connections are refused: too fast from one address (limits.connects-per-address)",
                address,
                logger
            )
        }
        return verdict
    }

    func leave(_ address: NetworkAddress?) {
        self.tally.withLock { $0.leave(address, now: .now()) }
    }

    /// Whether there is room for so many more bytes of a body; they are taken if so.
    func take(_ bytes: Int) -> Bool {
        let (_, now) = self.bodies.add(bytes, ordering: .relaxed)
        guard now > self.largestBodies else { return true }
        self.give(bytes)
        return false
    }

    func give(_ bytes: Int) {
        guard bytes > 0 else { return }
        self.bodies.subtract(bytes, ordering: .relaxed)
    }

    /// One line a minute, however many are refused.
    private func tell(_ words: String, _ address: NetworkAddress?, _ logger: Logger) {
        let count: Int? = self.refusals.withLock { refusals in
            refusals.count += 1
            let now = NIODeadline.now()
            if let last = refusals.lastTold, now - last < .minutes(1) { return nil }
            refusals.lastTold = now
            defer { refusals.count = 0 }
            return refusals.count
        }
        guard let count else { return }
        var metadata: Logger.Metadata = ["refused": "\(count)"]
        if let address { metadata["from"] = "\(address)" }
        logger.warning("\(words)", metadata: metadata)
    }
}
