/// A public model name: what callers put in `model`, served by zero or more connectors.
///
/// One to 128 characters of `A–Z a–z 0–9 . _ - : / @ +`; the first is a letter or a digit. Model ids of local servers
/// (`gemma3:4b`, `hf.co/org/model`) are valid deployment names as they are.
package struct DeploymentName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String

    /// Answers `nil` when the text is not a valid deployment name.
    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard let first = bytes.first, Self.isAlphanumeric(first), bytes.count <= 128 else { return nil }
        guard bytes.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = String(text)
    }

    package var description: String { self.rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether a byte may stand in a deployment name.
    package static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "/"),
            UInt8(ascii: "@"), UInt8(ascii: "+"):
            true
        default:
            self.isAlphanumeric(byte)
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            false
        }
    }
}

/// Names of deployments, either one by one or by a pattern with `*` for any run of characters.
///
/// `gemma-tunnel` names one deployment, `home-*` all that begin so, `*` every one.
package struct DeploymentPattern: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Answers `nil` unless the text is a deployment name in which any number of `*` may stand.
    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        let isStar = { (byte: UInt8) in byte == UInt8(ascii: "*") }
        guard !bytes.isEmpty, bytes.count <= 128 else { return nil }
        guard bytes.allSatisfy({ isStar($0) || DeploymentName.isAllowed($0) }) else { return nil }
        guard bytes.contains(where: isStar) || DeploymentName(text) != nil else { return nil }
        self.rawValue = String(text)
    }

    package init(_ name: DeploymentName) {
        self.rawValue = name.rawValue
    }

    package var description: String { self.rawValue }

    /// The one name that this stands for, or `nil` when it holds a `*`.
    package var exactName: DeploymentName? { DeploymentName(self.rawValue) }

    /// Whether the name is one of those that this stands for.
    package func matches(_ name: DeploymentName) -> Bool {
        // Greedy matching with one point of return: linear in practice, and never more than name × pattern.
        let pattern = self.rawValue.utf8.span
        let text = name.rawValue.utf8.span
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p + 1, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let back = star {
                p = back.pattern
                t = back.text + 1
                star = (back.pattern, t)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}

/// The id of one call: what `x-request-id` says, `req_` and 24 hexadecimal digits.
package struct CallID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// - Parameters:
    ///   - high: sixteen of the digits.
    ///   - low: the other eight.
    package init(high: UInt64, low: UInt32) {
        self.rawValue = String(unsafeUninitializedCapacity: 28) { bytes in
            _ = bytes.initialize(fromContentsOf: "req_".utf8)
            for index in 0..<16 { bytes[4 + index] = Self.digit(UInt8(truncatingIfNeeded: high >> (60 - 4 * index))) }
            for index in 0..<8 { bytes[20 + index] = Self.digit(UInt8(truncatingIfNeeded: low >> (28 - 4 * index))) }
            return 28
        }
    }

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Whether a text has the form of such an id, which ids of other programs have not.
    package static func isCallID(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        return bytes.count == 28 && bytes.starts(with: "req_".utf8)
            && bytes.dropFirst(4).allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    package var description: String { self.rawValue }

    /// The 24 digits alone, of which other ids of the same call are made.
    package var digits: String { String(self.rawValue.dropFirst("req_".count)) }

    private static func digit(_ byte: UInt8) -> UInt8 {
        let nibble = byte & 0x0F
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
