/// What the text of a setting may be: how it is read, and how the value is shown again.
package struct ValueKind<Value>: Sendable {
    /// What it may be, for people: `a size from 1KiB to 1GiB`.
    package let expected: String
    /// Answers `nil` for what is no such value.
    package let parse: @Sendable (String) -> Value?
    /// The value as it could be written.
    package let show: @Sendable (Value) -> String

    package init(
        _ expected: String,
        parse: @escaping @Sendable (String) -> Value?,
        show: @escaping @Sendable (Value) -> String = { "\($0)" }
    ) {
        self.expected = expected
        self.parse = parse
        self.show = show
    }

    /// The same for a value that may be absent, which is shown as nothing.
    package var optional: ValueKind<Value?> {
        ValueKind<Value?>(self.expected) {
            self.parse($0).map(Optional.some)
        } show: {
            $0.map(self.show) ?? ""
        }
    }
}

extension ValueKind<String> {
    /// Any text.
    package static func text(_ expected: String) -> Self { Self(expected, parse: { $0 }) }

    /// A text that is not empty.
    package static var path: Self { Self("a path", parse: { $0.isEmpty ? nil : $0 }) }
}

extension ValueKind<Bool> {
    package static var toggle: Self {
        Self("true or false") {
            switch $0.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        }
    }
}

extension ValueKind where Value: Comparable & Sendable {
    /// - Parameter name: of all such values: `a size`.
    fileprivate init(
        _ name: String,
        in range: ClosedRange<Value>,
        parse: @escaping @Sendable (String) -> Value?,
        show: @escaping @Sendable (Value) -> String
    ) {
        self.init("\(name) from \(show(range.lowerBound)) to \(show(range.upperBound))") {
            parse($0).flatMap { range.contains($0) ? $0 : nil }
        } show: {
            show($0)
        }
    }
}

extension ValueKind<Int> {
    package static func integer(in range: ClosedRange<Int>) -> Self {
        Self("a whole number", in: range, parse: { Int($0) }, show: { "\($0)" })
    }

    /// Bytes.
    package static func size(in range: ClosedRange<Int>) -> Self {
        Self("a size", in: range, parse: ByteSize.parse, show: ByteSize.text)
    }
}

extension ValueKind<Duration> {
    package static func time(in range: ClosedRange<Duration>) -> Self {
        Self("a time", in: range, parse: TimeSpan.parse, show: TimeSpan.text)
    }
}

extension ValueKind where Value: RawRepresentable<String> & CaseIterable & Sendable {
    package static var choice: Self {
        Self("one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")) {
            Value(rawValue: $0)
        } show: {
            $0.rawValue
        }
    }
}
