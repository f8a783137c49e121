package import NIOCore

/// An address of the Internet Protocol as its bytes: 4 of them, or 16.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Returns: `nil` unless the text is a dotted quad or an IPv6 address (RFC 4291 §2.2), without a zone.
    package init?(_ text: some StringProtocol) {
        guard !text.contains("%"), let socket = try? SocketAddress(ipAddress: String(text), port: 0) else { return nil }
        self.init(socket)
    }

    /// - Returns: `nil` for sockets that have no such address.
    package init?(_ socket: SocketAddress) {
        switch socket {
        case .v4: self.bytes = Self.bytes(of: socket, 4..<8)
        case .v6: self.bytes = Self.bytes(of: socket, 8..<24)
        case .unixDomainSocket: return nil
        }
    }

    /// The address lies behind the port (`sockaddr_in`), and behind port and flow (`sockaddr_in6`), on every system.
    private static func bytes(of socket: SocketAddress, _ range: Range<Int>) -> [UInt8] {
        socket.withSockAddr { pointer, length in
            Array(UnsafeRawBufferPointer(start: pointer, count: length)[range])
        }
    }

    package var description: String {
        if self.bytes.count == 4 { return self.bytes.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(self.bytes[index]) << 8 | UInt16(self.bytes[index + 1]), radix: 16)
        }
        return groups.joined(separator: ":")
    }
}

/// All addresses that begin with the same bits (RFC 4632 §3.1): `10.0.0.0/8`.
package struct Network: Hashable, Sendable {
    private let base: [UInt8]
    private let length: Int

    /// - Parameter text: an address and the number of leading bits; an address alone is a network of one.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        switch parts.count {
        case 1: self.length = address.bytes.count * 8
        case 2:
            guard let length = UInt8(parts[1]), Int(length) <= address.bytes.count * 8 else { return nil }
            self.length = Int(length)
        default: return nil
        }
        self.base = address.bytes
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == self.base.count else { return false }
        let whole = self.length / 8
        guard address.bytes[..<whole] == self.base[..<whole] else { return false }
        let left = self.length % 8
        return left == 0 || (address.bytes[whole] ^ self.base[whole]) >> (8 - left) == 0
    }
}
