package import NIOCore
package import Vocabulary

/// What the calls of one event loop share: their clock's pulse and their ids. Used on that event loop only.
package final class CallLane {
    package let eventLoop: any EventLoop
    private var idSeed: UInt64
    private var idCount: UInt64 = 0
    private var streamNumber = 0
    private var waiting: [any Pulsed] = []
    private var pulse: RepeatedTask?

    /// Something that wants to know that time passes.
    package protocol Pulsed: AnyObject {
        /// The place in the lane's list; belongs to the lane.
        var pulseIndex: Int { get set }
        /// About half a second has passed.
        func tick(now: NIODeadline)
    }

    /// - Parameter seed: any random number; ids need not be secret, only different.
    package init(eventLoop: any EventLoop, seed: UInt64) {
        self.eventLoop = eventLoop
        self.idSeed = seed
    }

    /// A new call's id.
    package func makeCallID() -> CallID {
        self.idCount &+= 1
        let high = Self.mix(self.idSeed &+ self.idCount)
        return CallID(high: high, low: UInt32(truncatingIfNeeded: Self.mix(~high)))
    }

    /// What the numbers of an exchange's streams come behind: a call that had to wait is carried by another exchange than before.
    func makeStreamNumber() -> Int {
        self.streamNumber &+= 1 << 10
        return self.streamNumber
    }

    /// Puts somebody on the list; one timer serves all, so a call costs no timer of its own.
    package func watch(_ member: any Pulsed) {
        member.pulseIndex = self.waiting.count
        self.waiting.append(member)
        guard self.pulse == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.pulse = self.eventLoop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            bound.value.beat()
        }
    }

    /// Takes somebody off the list; no harm when not on it.
    package func unwatch(_ member: any Pulsed) {
        let index = member.pulseIndex
        guard index >= 0, index < self.waiting.count, self.waiting[index] === member else { return }
        let last = self.waiting.removeLast()
        if last !== member {
            self.waiting[index] = last
            last.pulseIndex = index
        }
        member.pulseIndex = -1
    }

    private func beat() {
        if self.waiting.isEmpty {
            self.pulse?.cancel()
            self.pulse = nil
            return
        }
        let now = NIODeadline.now()
        for member in self.waiting { member.tick(now: now) }
    }

    private static let interval: TimeAmount = .milliseconds(500)

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input reaches every bit of the output.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
