package import NIOCore
package import Vocabulary

/// What the calls of one event loop share: their clock's pulse and their ids. Used on that event loop only.
package final class CallLane {
    package let eventLoop: any EventLoop
    /// Milliseconds from 1970 to the beginning of the loop's clock.
    private let epoch: Int64
    /// Tells the ids of this loop from those of others.
    private let lane: UInt16
    private var idCount: UInt32
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

    /// - Parameters:
    ///   - number: different for each loop of a process.
    ///   - seed: any random number; ids need not be secret, only different.
    ///   - time: milliseconds since 1970.
    package init(eventLoop: any EventLoop, number: Int, seed: UInt32, time: Int64) {
        self.eventLoop = eventLoop
        self.lane = UInt16(truncatingIfNeeded: number)
        self.idCount = seed
        self.epoch = time - Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)
    }

    /// A new call's id: its time in milliseconds, the loop's number, and a number that the loop does not use twice.
    ///
    /// Ids that follow each other in time follow each other in order, so an index of them grows at its end only.
    package func makeCallID(at now: NIODeadline) -> CallID {
        self.idCount &+= 1
        let time = UInt64(max(0, self.epoch + Int64(now.uptimeNanoseconds / 1_000_000)))
        return CallID(high: time << 16 | UInt64(self.lane), low: Self.mix(self.idCount))
    }

    /// What the numbers of an exchange's streams come behind: a call that had to wait is carried by another exchange than before.
    func makeStreamNumber() -> Int {
        self.streamNumber &+= 1 << 10
        return self.streamNumber
    }

    /// Puts somebody on the list; one timer serves all, so a call costs no timer of its own.
    package func watch(_ member: any Pulsed) {
        self.eventLoop.assertInEventLoop()
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
        self.eventLoop.assertInEventLoop()
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

    /// The finaliser of MurmurHash3 (Appleby, 2011), a bijection in which every bit of the input reaches every bit of the
    /// output: no two counts have the same id, and none tells how many there were.
    private static func mix(_ value: UInt32) -> UInt32 {
        var h = value
        h = (h ^ (h >> 16)) &* 0x85EB_CA6B
        h = (h ^ (h >> 13)) &* 0xC2B2_AE35
        return h ^ (h >> 16)
    }
}
