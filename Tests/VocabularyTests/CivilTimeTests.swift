import Testing
import Vocabulary

@Suite("Times in UTC")
struct CivilTimeTests {
    @Test(
        "a time is written as RFC 3339 has it",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"), (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_763_713_799, "2025-11-21T08:29:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ]
    )
    func timestamps(_ seconds: Int, _ text: String) {
        #expect(CivilTime(secondsSince1970: seconds).timestamp == text)
    }

    @Test(
        "a day is a date",
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (19_782, "2024-02-29"),
            (20_483, "2026-01-30"), (-719_162, "0001-01-01"),
        ]
    )
    func dates(_ day: Int, _ text: String) {
        #expect(CivilTime(daysSince1970: day).date == text)
    }

    @Test("each day is the one after the day before, in eight hundred years")
    func everyDay() {
        var (year, month, day) = (1_600, 1, 1)
        for number in -135_140..<157_054 {
            let time = CivilTime(daysSince1970: number)
            guard (time.year, time.month, time.day) == (year, month, day) else {
                Issue.record("day \(number) is \(time.date), not \(year)-\(month)-\(day)")
                return
            }
            let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            let length = [4, 6, 9, 11].contains(month) ? 30 : month == 2 ? (isLeap ? 29 : 28) : 31
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2_400, 1, 1))
    }

    @Test("no number of seconds is too many", arguments: [Int.min, Int.max])
    func extremes(_ seconds: Int) {
        #expect(!CivilTime(secondsSince1970: seconds).timestamp.isEmpty)
    }
}
