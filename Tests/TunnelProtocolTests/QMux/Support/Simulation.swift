import NIOCore

@testable import TunnelProtocol

/// Two ends whose users do something at random, and a wire that cuts and delays as it likes.
struct Simulation {
    let connector: SimulatedEnd
    let relay: SimulatedEnd
    private var random: Seed.Numbers
    /// What is under way.
    private var toRelay = ByteBuffer()
    private var toConnector = ByteBuffer()
    /// One byte in so many is changed on its way; 0 is none.
    var garbles = 0

    init(_ seed: Seed) {
        self.random = seed.numbers
        self.connector = SimulatedEnd(.connector, Self.settings(&self.random))
        self.relay = SimulatedEnd(.relay, Self.settings(&self.random))
    }

    private static func settings(_ random: inout Seed.Numbers) -> QMux.Settings {
        var settings = QMux.Settings()
        settings.streamWindow = [1, 7, 100, 1_000, 50_000].randomElement(using: &random) ?? 1
        settings.connectionWindow = settings.streamWindow * Int.random(in: 1...8, using: &random) / 2 + 1
        settings.concurrentStreams = [1, 2, 3, 20].randomElement(using: &random) ?? 1
        settings.streamBuffer = [1, 50, 3_000].randomElement(using: &random) ?? 1
        return settings
    }

    var complaints: [String] { self.connector.complaints + self.relay.complaints }

    /// One user does one thing, or something moves.
    mutating func step() {
        let isRelay = Bool.random(using: &self.random)
        let user = isRelay ? self.relay : self.connector
        // Calls on streams that are over are made too: users are late as well.
        let id =
            self.random.once(in: 10)
            ? user.writing.keys.sorted().randomElement(using: &self.random)
            : user.open.randomElement(using: &self.random)
        switch Int.random(in: 0..<20, using: &self.random) {
        case 0, 1: user.openStream()
        case 2...6:
            let most = 2 * min(self.relay.settings.streamWindow, self.connector.settings.streamWindow, 20_000)
            let count = Int.random(in: 0...most, using: &self.random)
            if let id { user.send(count, on: id, isFinal: self.random.once(in: 5)) }
        case 7: if let id, self.random.once(in: 3) { user.reset(id) }
        case 8: if let id, self.random.once(in: 3) { user.stopSending(id) }
        case 9: if self.random.once(in: 3) { _ = user.end.ping() }
        case 10, 11, 12: if let id { user.consume(Double.random(in: 0...1, using: &self.random), of: id) }
        case 13, 14: user.take(Int.random(in: 1...10, using: &self.random))
        case 15, 16, 17: self.write(isRelay, atMost: [1, 3_000, 100_000].randomElement(using: &self.random) ?? 1)
        default: self.carry(isRelay, Double.random(in: 0...1, using: &self.random))
        }
    }

    private mutating func write(_ isRelay: Bool, atMost limit: Int) {
        if isRelay {
            self.relay.end.append(to: &self.toConnector, atMost: limit)
        } else {
            self.connector.end.append(to: &self.toRelay, atMost: limit)
        }
    }

    /// Carries a share of what is under way from an end to its peer.
    private mutating func carry(_ isFromRelay: Bool, _ share: Double) {
        let waiting = isFromRelay ? self.toConnector.readableBytes : self.toRelay.readableBytes
        let count = Int((Double(waiting) * share).rounded(.up))
        var piece =
            (isFromRelay ? self.toConnector.readSlice(length: count) : self.toRelay.readSlice(length: count))
            ?? ByteBuffer()
        if self.garbles > 0, count > 0, self.random.once(in: max(1, self.garbles / count)) {
            let place = piece.readerIndex + Int.random(in: 0..<count, using: &self.random)
            piece.setInteger(UInt8.random(in: 0...255, using: &self.random), at: place)
        }
        (isFromRelay ? self.connector : self.relay).end.receive(piece)
    }

    /// Every writer finishes, every reader reads, until nothing moves; a machine that never rests fails the checks.
    mutating func finish() {
        for _ in 0..<20_000 {
            for user in [self.connector, self.relay] {
                user.take()
                for id in user.open {
                    if self.random.once(in: 4) { user.reset(id) }
                    user.send(0, on: id, isFinal: true)
                    user.consume(1, of: id)
                }
            }
            guard self.settle() else { return }
        }
    }

    /// Each user opens as many streams as its peer takes, one after the other.
    mutating func fill() {
        while self.settle() {}
        for (user, peer) in [(self.connector, self.relay), (self.relay, self.connector)] {
            // A peer counts a stream when something has come on it.
            for id in user.own { user.send(1, on: id, isFinal: false) }
            while self.settle() {}
            while user.own.count < peer.settings.concurrentStreams {
                let before = user.own.count
                user.openStream()
                guard let id = user.own.last, user.own.count > before else {
                    user.complain("no stream beside \(before) of \(peer.settings.concurrentStreams)")
                    break
                }
                user.send(1, on: id, isFinal: false)
                while self.settle() {}
            }
        }
    }

    /// What is written and under way arrives, and is heard.
    /// - Returns: whether there was anything.
    @discardableResult
    mutating func settle() -> Bool {
        var moved = 0
        for isRelay in [true, false] {
            self.write(isRelay, atMost: .max)
            moved += isRelay ? self.toConnector.readableBytes : self.toRelay.readableBytes
            self.carry(isRelay, 1)
        }
        self.connector.take()
        self.relay.take()
        return moved > 0
    }
}
