import Accounts
import Testing

/// What is left of a quota, by the clock.
struct QuotaUseTests {
    // 2026-01-01 was a Thursday.
    private static let thursday = 1_767_225_600
    private static let hour = 3_600
    private static let day = 86_400

    @Test(
        "what was used in a window that is over counts no more",
        arguments: [
            (.life, 10_000 * 86_400, false),
            (.fiveHours, 5 * 3_600 - 1, false), (.fiveHours, 5 * 3_600, true),
            (.day, 86_400 - 7_200 - 1, false), (.day, 86_400 - 7_200, true),
            // Monday the 5th begins the next week.
            (.week, 4 * 86_400 - 7_200 - 1, false), (.week, 4 * 86_400 - 7_200, true),
        ] as [(Quota.Window, Int, Bool)]
    )
    func windows(_ window: Quota.Window, _ later: Int, _ isOver: Bool) {
        let begin = Self.thursday + 2 * Self.hour
        var use = QuotaUse()
        use.add(tokens: 7, cost: 3, now: begin)
        #expect(use.used(window, .tokens, now: begin + later) == (isOver ? 0 : 7))
        #expect(use.used(window, .credits, now: begin + later) == (isOver ? 0 : 3))
        use.add(tokens: 1, cost: 1, now: begin + later)
        #expect(use.used(window, .tokens, now: begin + later) == (isOver ? 1 : 8))
    }

    @Test(
        "a window that began in a wrong future ends when the clock is right again, and one of a moment ahead goes on",
        arguments: [.fiveHours, .day, .week] as [Quota.Window]
    )
    func clockSetBack(_ window: Quota.Window) {
        var use = QuotaUse()
        use.add(tokens: 7, cost: 3, now: Self.thursday + 30 * Self.day)
        #expect(use.used(window, .tokens, now: Self.thursday) == 0)
        #expect(use.used(.life, .tokens, now: Self.thursday) == 7)
        use.add(tokens: 1, cost: 1, now: Self.thursday)
        #expect(use.used(window, .tokens, now: Self.thursday) == 1)
        // Ten seconds too early into a day that begins a week.
        let monday = Self.thursday + 4 * Self.day
        use.add(tokens: 5, cost: 5, now: monday)
        #expect(use.used(window, .tokens, now: monday - 10) == 5)
    }

    @Test("a window that is ahead by hours counts no more, one of a moment ahead ends when it said")
    func endsWhenItSaid() {
        let friday = Self.thursday + Self.day
        var use = QuotaUse()
        // The clock goes by local time: noon is two in the night.
        use.add(tokens: 7, cost: 3, now: friday + 2 * Self.hour)
        let noon = friday - 12 * Self.hour
        #expect(use.used(.day, .tokens, now: noon) == 0)
        #expect(use.used(.fiveHours, .tokens, now: noon) == 0)
        #expect(use.end(of: .fiveHours, now: noon) == nil)
        #expect(use.end(of: .day, now: noon) == friday)
        let monday = Self.thursday + 4 * Self.day
        use.add(tokens: 5, cost: 5, now: monday)
        #expect(use.used(.day, .tokens, now: monday - 10) == 5)
        #expect(use.end(of: .day, now: monday - 10) == monday + Self.day)
        #expect(use.end(of: .week, now: monday - 10) == monday + 7 * Self.day)
    }

    @Test("the window that lasts longest is named, and when it ends")
    func exhausted() {
        let now = Self.thursday + 2 * Self.hour
        var use = QuotaUse()
        use.add(tokens: 100, cost: 0, now: now)
        let cases: [(Quota, held: Int, QuotaUse.Exhausted?)] = [
            (Quota(day: 101), 0, nil),
            (Quota(day: 100), 0, .init(window: .day, limit: 100, ends: Self.thursday + Self.day, isHeld: false)),
            (Quota(day: 101), 1, .init(window: .day, limit: 101, ends: Self.thursday + Self.day, isHeld: true)),
            (
                Quota(fiveHours: 50, day: 100), 0,
                .init(window: .day, limit: 100, ends: Self.thursday + Self.day, isHeld: false)
            ),
            (
                Quota(fiveHours: 50, day: 101), 9,
                .init(window: .fiveHours, limit: 50, ends: now + 5 * Self.hour, isHeld: false)
            ),
            (
                Quota(day: 1, week: 1), 0,
                .init(window: .week, limit: 1, ends: Self.thursday + 4 * Self.day, isHeld: false)
            ),
            (Quota(life: 1, week: 1), 0, .init(window: .life, limit: 1, ends: nil, isHeld: false)),
            (Quota(unit: .credits, life: 1), 0, nil),
        ]
        for (quota, held, expected) in cases {
            #expect(use.exhausted(quota, held: held, now: now) == expected, "\(quota), held \(held)")
        }
    }

    @Test("sums end at the largest number")
    func overflow() {
        var use = QuotaUse()
        use.add(tokens: .max, cost: .max, now: 0)
        use.add(tokens: 1, cost: 1, now: 0)
        #expect(use.used(.life, .tokens, now: 0) == .max)
        #expect(use.exhausted(Quota(life: 1), held: .max, now: 0)?.window == .life)
    }
}
