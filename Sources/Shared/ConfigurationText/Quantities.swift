/// Sizes in bytes as people write them: `65536`, `64KiB`, `64 MiB`, `1GiB`.
package enum ByteSize {
    private static let units: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1),
    ]

    /// Answers `nil` unless the text is a whole number and one of the units, in either case.
    package static func parse(_ text: String) -> Int? {
        let (number, unit) = split(text)
        guard let count = Int(number), count >= 0 else { return nil }
        guard let bytes = self.units.first(where: { $0.name.lowercased() == unit.lowercased() })?.bytes else {
            return nil
        }
        let (size, isTooLarge) = count.multipliedReportingOverflow(by: bytes)
        return isTooLarge ? nil : size
    }

    /// The size in the largest unit that divides it.
    package static func text(_ size: Int) -> String {
        let unit = self.units.first { size != 0 && size % $0.bytes == 0 } ?? ("", 1)
        return unit.bytes == 1 ? "\(size)" : "\(size / unit.bytes)\(unit.name)"
    }
}

/// Spans of time as people write them: `30`, `30s`, `0.5s`, `500ms`, `10m`, `1h`; a bare number means seconds.
package enum TimeSpan {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1), ("", 1000),
    ]

    /// Answers `nil` unless the text is a number and one of the units; parts of a millisecond are cut off.
    package static func parse(_ text: String) -> Duration? {
        let (number, unit) = split(text)
        guard let factor = self.units.first(where: { $0.name == unit })?.milliseconds else { return nil }
        guard let count = Double(number), count >= 0, count <= 1e9 else { return nil }
        return .milliseconds(Int64(count * Double(factor)))
    }

    /// The span in the largest unit that divides it.
    package static func text(_ span: Duration) -> String {
        let parts = span.components
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        let unit = self.units.first { milliseconds != 0 && milliseconds % $0.milliseconds == 0 } ?? ("s", 1000)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}

/// The digits that a quantity begins with, and what follows them, without the spaces between.
private func split(_ text: String) -> (number: String, unit: String) {
    let number = text.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }
    return (String(number), String(text.dropFirst(number.count).drop { $0 == " " }))
}
