/// An address of the internet protocol, of either version; one of version 4 is held as RFC 4291 §2.5.5.2 maps it.
package struct NetworkAddress: Hashable, Sendable {
    /// The sixteen bytes as one number, the first byte in front.
    package let bits: UInt128

    package init(bits: UInt128) {
        self.bits = bits
    }

    /// An address of version 4 from its four bytes as one number.
    package init(v4 bits: UInt32) {
        self.bits = Self.mapped | UInt128(bits)
    }

    /// Reads `192.0.2.1` or `2001:db8::1` (RFC 4291 §2.2); `nil` for what is neither, a zone behind `%` included.
    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        if bytes.contains(UInt8(ascii: ":")) {
            guard let bits = Self.version6(text) else { return nil }
            self.init(bits: bits)
        } else {
            guard let bits = Self.version4(text) else { return nil }
            self.init(v4: bits)
        }
    }

    /// Whether this is an address of version 4.
    package var isVersion4: Bool { self.bits >> 32 == Self.mapped >> 32 }

    /// Whether this is the machine's own address (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), which no other can reach.
    package var isLoopback: Bool {
        self.isVersion4 ? UInt32(truncatingIfNeeded: self.bits) >> 24 == 127 : self.bits == 1
    }

    /// What stands for whoever has the address: who has one of version 6 has all that begin with the same 64 bits.
    package var subscriber: UInt128 { self.isVersion4 ? self.bits : (self.bits >> 64) << 64 }

    private static let mapped: UInt128 = 0xFFFF_0000_0000

    private static func version4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            // A leading zero means octal to some programs: refused, so that nobody is let in by mistake.
            guard part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"), part.utf8.count <= 3,
                part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let byte = UInt8(part)
            else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        return bits
    }

    private static func version6(_ text: some StringProtocol) -> UInt128? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                // Two colons in a row are one empty part within, and two at either end.
                if index == 0 {
                    guard parts[1].isEmpty else { return nil }
                } else if index == parts.count - 1 {
                    guard parts[index - 1].isEmpty else { return nil }
                } else {
                    guard gap == nil else { return nil }
                    gap = groups.count
                }
            } else if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let bits = Self.version4(part) else { return nil }
                groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard part.utf8.count <= 4, part.utf8.first != UInt8(ascii: "+"), let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}

extension NetworkAddress: CustomStringConvertible {
    /// As RFC 5952 §4 wants it written.
    package var description: String {
        if self.isVersion4 {
            return stride(from: 24, through: 0, by: -8).map { "\(UInt8(truncatingIfNeeded: self.bits >> $0))" }
                .joined(separator: ".")
        }
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: self.bits >> $0) }
        let zeros = Self.longestZeros(groups)
        let text = { (groups: ArraySlice<UInt16>) in
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard zeros.count > 1 else { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }

    /// The first of the longest runs of zeros.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<index + 1
            }
        }
        return longest
    }
}
