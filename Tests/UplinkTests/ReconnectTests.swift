import NIOCore
import Testing

@testable import Uplink

/// When the connector dials again.
struct ReconnectTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// Pauses in milliseconds after failures of one kind in a row.
    private func pauses(
        _ reason: Reconnect.Reason,
        count: Int,
        random: Double,
        _ reconnect: Reconnect = Reconnect()
    ) -> [Int64] {
        var reconnect = reconnect
        return (0..<count).map { _ in
            reconnect.pause(after: reason, now: Self.start, random: random).nanoseconds / 1_000_000
        }
    }

    @Test(
        arguments: [Reconnect.Reason.unreachable, .busy(retryAfter: nil), .busy(retryAfter: 0)]
    )
    func threeQuickTriesThenLimitsThatDouble(reason: Reconnect.Reason) {
        #expect(
            pauses(reason, count: 11, random: 0.5) == [200, 200, 200, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]
        )
    }

    @Test func aLineThatBreaksAgainAndAgainIsDialledWithinTwoSeconds() {
        #expect(pauses(.ended, count: 8, random: 0.5) == [200, 200, 200, 500, 1000, 1000, 1000, 1000])
    }

    /// Whoever was reached is there: what failed before says nothing of the next dial.
    @Test func aTunnelThatCameUpForgetsTheDialsThatFailed() {
        var reconnect = Reconnect()
        for _ in 0..<9 { _ = reconnect.pause(after: .unreachable, now: Self.start, random: 0.5) }
        reconnect.connected(now: Self.start)
        let after = reconnect.pause(after: .ended, now: Self.start + .seconds(1), random: 0.5)
        #expect(after == .milliseconds(200))
        #expect(pauses(.unreachable, count: 4, random: 0.5, reconnect) == [200, 200, 200, 500])
    }

    @Test func pausesAreDrawnFromTheWholeRange() {
        #expect(pauses(.unreachable, count: 10, random: 0) == [100, 100, 100, 100, 100, 100, 100, 100, 100, 100])
        let longest = pauses(.unreachable, count: 10, random: 0.999_999)
        #expect(longest == [299, 299, 299, 999, 1999, 3999, 7999, 15999, 29999, 29999])
    }

    @Test func aThousandFailuresStayWithinTheLimits() {
        var generator = SystemRandomNumberGenerator()
        let seed = generator.next()
        var random = SplitMix(state: seed)
        var reconnect = Reconnect()
        for _ in 0..<1000 {
            let pause = reconnect.pause(after: .unreachable, now: Self.start, random: random.fraction())
            #expect(pause >= Reconnect.shortestPause && pause <= Reconnect.lastLimit, "seed \(seed)")
        }
    }

    @Test(arguments: [
        (1, 1000, 1499), (2, 2000, 2499), (300, 300_000, 300_499), (301, 300_000, 300_499), (.max, 300_000, 300_499),
    ])
    func theRelaySaysWhenToComeAgain(seconds: Int, least: Int64, most: Int64) {
        #expect(pauses(.busy(retryAfter: seconds), count: 1, random: 0) == [least])
        #expect(pauses(.busy(retryAfter: seconds), count: 1, random: 0.999) == [most])
    }

    @Test(arguments: [-1, .min])
    func whatIsNoTimeIsPassedOver(seconds: Int) {
        #expect(pauses(.busy(retryAfter: seconds), count: 1, random: 0.5) == [200])
    }

    @Test func aRefusedTokenIsTriedEveryHalfMinute() {
        #expect(pauses(.refused, count: 3, random: 0.7) == [30_000, 30_000, 30_000])
    }

    @Test func anOlderGenerationIsMendedAtOnceUnlessItIsNotThat() {
        #expect(pauses(.outdated, count: 6, random: 0.5) == [0, 0, 0, 200, 200, 200])
        var reconnect = Reconnect()
        _ = reconnect.pause(after: .outdated, now: Self.start, random: 0)
        reconnect.connected(now: Self.start)
        #expect(pauses(.outdated, count: 4, random: 0.5, reconnect) == [0, 0, 0, 200])
    }

    @Test(arguments: [(29_999, 1000), (30_000, 200), (3_600_000, 200)])
    func aTunnelThatWasUpForAWhileForgetsItsPast(up: Int64, expected: Int64) {
        var reconnect = Reconnect()
        for _ in 0..<4 { _ = reconnect.pause(after: .ended, now: Self.start, random: 0.5) }
        reconnect.connected(now: Self.start)
        let end = Self.start + .milliseconds(up)
        #expect(reconnect.pause(after: .ended, now: end, random: 0.5) == .milliseconds(expected))
    }

    @Test func aTunnelThatIsDrainedIsReplacedAtOnceUnlessItHasJustCome() {
        var reconnect = Reconnect()
        reconnect.connected(now: Self.start)
        #expect(reconnect.pause(after: .drained, now: Self.start + .seconds(1), random: 0.5) == .zero)
        let pauses = (0..<6).map { _ in
            reconnect.connected(now: Self.start)
            return reconnect.pause(after: .drained, now: Self.start + .milliseconds(999), random: 0.5).nanoseconds
        }
        #expect(pauses.map { $0 / 1_000_000 } == [200, 200, 200, 500, 1000, 1000])
    }

    /// Whatever takes the place of a relay that is to end may come only behind its last call.
    @Test func aRelayThatAskedForAnotherTunnelIsExpectedForAnHour() {
        var reconnect = Reconnect()
        reconnect.connected(now: Self.start)
        #expect(reconnect.pause(after: .drained, now: Self.start + .seconds(2), random: 0.5) == .zero)
        #expect(
            pauses(.unreachable, count: 8, random: 0.999_999, reconnect) == [
                299, 299, 299, 999, 1999, 1999, 1999, 1999,
            ]
        )
        for second in 0..<9 {
            let now = Self.start + .seconds(Int64(3 + second))
            _ = reconnect.pause(after: .unreachable, now: now, random: 0)
        }
        let hour = Self.start + .seconds(2) + .hours(1)
        #expect(reconnect.pause(after: .unreachable, now: hour - .seconds(1), random: 0.5) == .seconds(1))
        #expect(reconnect.pause(after: .unreachable, now: hour, random: 0.5) == .seconds(15))
        // Who came back was expected no longer.
        reconnect.connected(now: Self.start + .minutes(1))
        _ = reconnect.pause(after: .ended, now: Self.start + .minutes(2), random: 0)
        let longest = pauses(.unreachable, count: 9, random: 0.5, reconnect)
        #expect(longest == [200, 200, 200, 500, 1000, 2000, 4000, 8000, 15000])
    }

    @Test func aTunnelThatNeverCameUpIsNoHealthyOne() {
        var reconnect = Reconnect()
        reconnect.connected(now: Self.start)
        for second in 1...3 { _ = reconnect.pause(after: .ended, now: Self.start + .seconds(Int64(second)), random: 0) }
        // A minute has passed since the tunnel was up, but not while it was.
        let after = reconnect.pause(after: .ended, now: Self.start + .seconds(60), random: 0.5)
        #expect(after == .milliseconds(500))
    }

    @Test func eachFailureIsToldOnceAndThenEveryMinute() {
        var report = FailureReport()
        let one = DialFailure(.connect, "one")
        let other = DialFailure(.tls, "other")
        let failures: [(DialFailure, seconds: Int64, isNews: Bool)] = [
            (one, 0, true), (one, 59, false), (one, 60, true), (one, 61, false), (other, 61, true), (one, 61, true),
        ]
        for (failure, seconds, expected) in failures {
            let isNews = report.isNews(failure, now: Self.start + .seconds(seconds))
            #expect(isNews == expected, "\(failure) at \(seconds) s")
        }
        report.succeeded()
        let isNews = report.isNews(one, now: Self.start + .seconds(62))
        #expect(isNews)
    }
}

/// A sequence that its seed determines.
private struct SplitMix {
    var state: UInt64

    mutating func fraction() -> Double {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
}
