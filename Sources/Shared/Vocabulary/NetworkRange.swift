/// Addresses that begin with the same bits, written `192.0.2.0/24` or `2001:db8::/32` (RFC 4632 §3.1); one alone is
/// written without a length.
package struct NetworkRange: Hashable, Sendable, CustomStringConvertible {
    /// The first of them.
    package let first: NetworkAddress
    /// How many bits are the same, of 128.
    private let length: Int

    /// Answers `nil` for what is no range, or has bits set behind its length: who writes `10.0.0.5/8` may mean another
    /// one.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = parts.first.flatMap({ NetworkAddress($0) }) else { return nil }
        let width = address.isVersion4 && !parts[0].utf8.contains(UInt8(ascii: ":")) ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.first != UInt8(ascii: "+"), let given = Int(parts[1]),
                (0...width).contains(given)
            else { return nil }
            length = given
        }
        self.first = address
        self.length = 128 - width + length
        guard address.bits & ~self.mask == 0 else { return nil }
    }

    /// The range of a length that an address lies in; all its bits count without a length.
    /// - Parameter length: of the 32 or 128 bits that an address of its version has; of more there is no range.
    package init?(around address: NetworkAddress, length: Int? = nil) {
        let width = address.isVersion4 ? 32 : 128
        guard (0...width).contains(length ?? width) else { return nil }
        self.length = 128 - width + (length ?? width)
        self.first = NetworkAddress(bits: address.bits & Self.mask(self.length))
    }

    package func contains(_ address: NetworkAddress) -> Bool { address.bits & self.mask == self.first.bits }

    /// Whether it holds addresses of version 4 and no others.
    package var isVersion4: Bool { self.first.isVersion4 }

    package var description: String {
        if self.length == 128 { return "\(self.first)" }
        return "\(self.first)/\(self.isVersion4 ? self.length - 96 : self.length)"
    }

    private var mask: UInt128 { Self.mask(self.length) }

    private static func mask(_ length: Int) -> UInt128 { length == 0 ? 0 : UInt128.max << (128 - length) }
}
