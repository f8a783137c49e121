import Testing
import Vocabulary

/// The PROXY protocol, versions 1 and 2.
struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    private static func version2(_ command: UInt8, _ family: UInt8, _ rest: [UInt8]) -> [UInt8] {
        Self.signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 255)] + rest
    }

    private static let ports: [UInt8] = [0x12, 0x67, 1, 187]
    private static let v4 = [203, 0, 113, 7, 127, 0, 0, 1] + ports
    private static let v6 =
        [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [9] + [UInt8](repeating: 0, count: 15) + [1] + ports

    static let good: [([UInt8], String?)] = [
        (version2(0x21, 0x11, v4), "203.0.113.7"),
        (version2(0x21, 0x11, v4 + [3, 0, 4, 1, 2, 3, 4]), "203.0.113.7"),
        (version2(0x21, 0x12, v4), "203.0.113.7"),
        (version2(0x21, 0x21, v6), "2001:db8::9"),
        (version2(0x20, 0x00, []), nil),
        (version2(0x20, 0x11, v4), nil),
        (version2(0x21, 0x00, []), nil),
        (version2(0x21, 0x31, [UInt8](repeating: 7, count: 216)), nil),
        (Array("PROXY TCP4 203.0.113.7 127.0.0.1 4711 443\r\n".utf8), "203.0.113.7"),
        (Array("PROXY TCP6 2001:db8::9 ::1 4711 443\r\n".utf8), "2001:db8::9"),
        (Array("PROXY UNKNOWN\r\n".utf8), nil),
        (Array("PROXY UNKNOWN ffff:f::1 ::1 65535 65535\r\n".utf8), nil),
    ]

    /// Cut at every byte, and with what follows it.
    @Test(arguments: good)
    func aHeader(_ bytes: [UInt8], source: String?) {
        for cut in 0..<bytes.count { #expect(ProxyHeader.read(bytes[..<cut]) == .incomplete, "cut at \(cut)") }
        let whole = ProxyHeader.Verdict.whole(source: source.flatMap { NetworkAddress($0) }, length: bytes.count)
        #expect(ProxyHeader.read(bytes) == whole)
        #expect(ProxyHeader.read(bytes + Array("GET / HTTP/1.1\r\n".utf8)) == whole)
    }

    @Test(
        arguments: [
            Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("POST".utf8), Array("PROXX".utf8), [0x16, 3, 1],
            signature.dropLast() + [11], version2(0x11, 0x11, v4), version2(0x22, 0x11, v4), version2(0x21, 0x41, v4),
            version2(0x21, 0x11, v4.dropLast()), version2(0x21, 0x21, v4),
            signature + [0x21, 0x11, 0xFF, 0xFF], Array("PROXY TCP4 203.0.113.7 127.0.0.1 4711 443\n".utf8),
            Array("PROXY TCP4 2001:db8::9 ::1 4711 443\r\n".utf8),
            Array("PROXY TCP4 203.0.113.7 127.0.0.1 4711\r\n".utf8),
            Array("PROXY TCP4 203.0.113.7 127.0.0.1 4711 443 1\r\n".utf8),
            Array("PROXY TCP4 203.0.113.7 127.0.0.1 4711 70000\r\n".utf8), Array("PROXY TCP5 a b c d\r\n".utf8),
            Array("PROXY\r\n".utf8), Array("PROXY TCP4 203.0.113.07 127.0.0.1 1 2\r\n".utf8),
            Array("PROXY UNKNOWN ".utf8) + [UInt8](repeating: 0x61, count: 100),
        ] as [[UInt8]]
    )
    func noHeader(_ bytes: [UInt8]) {
        guard case .wrong = ProxyHeader.read(bytes) else {
            Issue.record("\(ProxyHeader.read(bytes))")
            return
        }
    }
}
