private import Foundation

/// Moments as the programs' flags take them.
enum Moment {
    /// A moment to come, as `2026-01-31T12:00:00Z`.
    static func text(secondsFromNow seconds: Double) -> String {
        Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
    }
}
