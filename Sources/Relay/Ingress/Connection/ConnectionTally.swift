import NIOCore
import Vocabulary

/// How many connections are open, and how many of each address, as a pure value; says who may come in.
///
/// An address of version 6 counts with all that begin with the same 64 bits: who has one of them has them all.
struct ConnectionTally {
    /// What is allowed; 0 is no limit.
    struct Limits: Hashable, Sendable {
        /// Open connections of all together.
        var all = 0
        /// Open connections of one address.
        var ofOne = 10_000
        /// New connections of one address in a second, as the mean of ten.
        var ratePerSecond = 1_000
    }

    /// What becomes of a connection.
    enum Verdict: Equatable {
        case welcome
        /// It is nearly full: the connection stays for what it brings to be refused in words, or to be a tunnel.
        case shed
        /// The relay is full.
        case full
        /// The address has too many connections open.
        case tooMany
        /// The address opens connections too fast.
        case tooFast
    }

    private struct Source {
        var open = 0
        /// The ten seconds in which ``opened`` counts.
        var window: UInt64 = 0
        var opened = 0
    }

    private let limits: Limits
    private var sources: [UInt128: Source] = [:]
    /// Connections that are open now.
    private(set) var open = 0

    private static let window: UInt64 = 10_000_000_000
    /// Of how many addresses the speed is remembered that have nothing open.
    private static let mostAtRest = 16_384

    init(limits: Limits) {
        self.limits = limits
    }

    /// From how many open connections on calls are refused: the rest is for tunnels, and for saying so.
    var shedsFrom: Int { self.limits.all == 0 ? .max : self.limits.all - max(1, min(256, self.limits.all / 10)) }

    /// A connection has come; it is counted unless it is turned away.
    /// - Parameter address: `nil` for what has no address, or is not to be counted by it: a trusted proxy brings everybody.
    mutating func enter(_ address: NetworkAddress?, now: NIODeadline) -> Verdict {
        if self.limits.all > 0, self.open >= self.limits.all { return .full }
        if let address {
            let verdict = self.enter(from: address, now: now)
            guard verdict == .welcome else { return verdict }
        }
        self.open += 1
        return self.open > self.shedsFrom ? .shed : .welcome
    }

    /// A connection that is counted already has said whom it is for; it counts with that address from now on, unless it is turned
    /// away.
    mutating func enter(from address: NetworkAddress, now: NIODeadline) -> Verdict {
        let key = address.subscriber
        if self.sources[key] == nil { self.forgetThoseAtRest(now) }
        var source = self.sources[key, default: Source()]
        let window = now.uptimeNanoseconds / Self.window
        if source.window != window {
            source.window = window
            source.opened = 0
        }
        if self.limits.ofOne > 0, source.open >= self.limits.ofOne { return .tooMany }
        if self.limits.ratePerSecond > 0, source.opened >= self.limits.ratePerSecond * 10 { return .tooFast }
        source.opened += 1
        source.open += 1
        self.sources[key] = source
        return .welcome
    }

    /// A connection that was counted is over.
    /// - Parameter address: what it was counted with in the end.
    mutating func leave(_ address: NetworkAddress?, now: NIODeadline) {
        self.open -= 1
        guard let address, var source = self.sources[address.subscriber] else { return }
        source.open -= 1
        let isAtRest = source.open <= 0 && source.window != now.uptimeNanoseconds / Self.window
        self.sources[address.subscriber] = isAtRest ? nil : source
    }

    /// How many addresses are remembered.
    var remembered: Int { self.sources.count }

    private mutating func forgetThoseAtRest(_ now: NIODeadline) {
        guard self.sources.count - self.open >= Self.mostAtRest else { return }
        let window = now.uptimeNanoseconds / Self.window
        self.sources = self.sources.filter { $0.value.open > 0 || $0.value.window == window }
        // Ever new addresses within ten seconds: their speed is forgotten before memory runs out.
        guard self.sources.count - self.open >= Self.mostAtRest else { return }
        self.sources = self.sources.filter { $0.value.open > 0 }
    }
}
