private import Foundation
private import NIOCore

/// The clocks that the parts of a relay are handed.
enum Clocks {
    /// Seconds since 1970.
    static func seconds() -> Int { Int(Date().timeIntervalSince1970) }

    /// Milliseconds since 1970.
    static func milliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// Nanoseconds of a clock that nobody sets.
    static func uptimeNanoseconds() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// Milliseconds of a clock that nobody sets.
    static func uptimeMilliseconds() -> Int64 { Self.uptimeNanoseconds() / 1_000_000 }
}
