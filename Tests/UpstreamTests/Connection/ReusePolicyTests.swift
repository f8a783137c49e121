import NIOCore
import Testing

@testable import Upstream

struct ReusePolicyTests {
    private static let limit = TimeAmount.milliseconds(2_500)

    private func at(_ milliseconds: Int64) -> NIODeadline {
        NIODeadline.uptimeNanoseconds(1_000_000_000_000) + .milliseconds(milliseconds)
    }

    @Test func anUnprovenServerIsNotTrustedAtOnce() {
        let policy = Subject(idleLimit: Self.limit)
        #expect(policy.keeps(now: self.at(0)))
        #expect(!policy.reuses(oldest: self.at(0), now: self.at(0)))
        #expect(!policy.reuses(oldest: self.at(0), now: self.at(9)))
        #expect(policy.reuses(oldest: self.at(0), now: self.at(10)))
        // Proven: from now on at once.
        #expect(policy.reuses(oldest: self.at(11), now: self.at(11)))
    }

    @Test(arguments: [0, 1, 249] as [Int64])
    func aQuickCloseSwitchesReuseOffForAMinute(idle: Int64) {
        let policy = Subject(idleLimit: Self.limit)
        #expect(policy.reuses(oldest: self.at(0), now: self.at(20)))
        policy.closed(idleSince: self.at(100), now: self.at(100 + idle))
        #expect(!policy.keeps(now: self.at(100 + idle)))
        #expect(!policy.reuses(oldest: self.at(0), now: self.at(59_000)))
        #expect(!policy.keeps(now: self.at(60_099 + idle)))
        #expect(policy.keeps(now: self.at(60_100 + idle)))
        // And has to prove itself again.
        #expect(!policy.reuses(oldest: self.at(60_500), now: self.at(60_505)))
        #expect(policy.reuses(oldest: self.at(60_500), now: self.at(60_510)))
        #expect(policy.idleLimit == Self.limit)
    }

    @Test func aLaterCloseShortensTheWait() {
        let policy = Subject(idleLimit: Self.limit)
        #expect(policy.reuses(oldest: self.at(0), now: self.at(20)))
        policy.closed(idleSince: self.at(0), now: self.at(1_000))
        #expect(policy.idleLimit == .milliseconds(500))
        policy.closed(idleSince: self.at(0), now: self.at(2_000))
        #expect(policy.idleLimit == .milliseconds(500))
        #expect(policy.keeps(now: self.at(2_001)))
        #expect(policy.reuses(oldest: self.at(2_001), now: self.at(2_001)))
    }

    @Test func aServerThatKeepsLongerChangesNothing() {
        let policy = Subject(idleLimit: Self.limit)
        policy.closed(idleSince: self.at(0), now: self.at(6_000))
        #expect(policy.idleLimit == Self.limit)
    }
}

/// A policy by reference: expectations cannot call what changes a value.
private final class Subject {
    private var policy: ReusePolicy
    var idleLimit: TimeAmount { self.policy.idleLimit }

    init(idleLimit: TimeAmount) {
        self.policy = ReusePolicy(idleLimit: idleLimit)
    }

    func keeps(now: NIODeadline) -> Bool { self.policy.keeps(now: now) }

    func reuses(oldest: NIODeadline, now: NIODeadline) -> Bool { self.policy.reuses(oldest: oldest, now: now) }

    func closed(idleSince: NIODeadline, now: NIODeadline) { self.policy.closed(idleSince: idleSince, now: now) }
}
