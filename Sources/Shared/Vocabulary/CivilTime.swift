/// A moment in UTC by the Gregorian calendar, for years from 1 to 9999.
package struct CivilTime: Hashable, Sendable {
    package let year: Int
    /// From 1 to 12.
    package let month: Int
    /// The day of the month, from 1 on.
    package let day: Int
    /// The second of the day, from 0 on.
    package let second: Int

    package init(secondsSince1970 seconds: Int) {
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        self.init(daysSince1970: rest < 0 ? days - 1 : days, second: rest < 0 ? rest + 86_400 : rest)
    }

    /// The beginning of a day.
    package init(daysSince1970 days: Int) {
        self.init(daysSince1970: days, second: 0)
    }

    /// Howard Hinnant's "days to civil".
    private init(daysSince1970 days: Int, second: Int) {
        // Years are counted from March on, so that the day that not every year has is the last one.
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.month = month
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.second = second
    }

    /// `2026-01-31`.
    package var date: String {
        "\(Self.padded(self.year, to: 4))-\(Self.padded(self.month))-\(Self.padded(self.day))"
    }

    /// `2026-01-31T12:00:00Z` (RFC 3339).
    package var timestamp: String {
        let (hour, minute) = (Self.padded(self.second / 3_600), Self.padded(self.second / 60 % 60))
        return "\(self.date)T\(hour):\(minute):\(Self.padded(self.second % 60))Z"
    }

    private static func padded(_ number: Int, to width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
