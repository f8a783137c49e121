import Testing
import Vocabulary

@Suite struct HostAndPortTests {
    @Test(arguments: [
        ("relay.example.com:8443", "relay.example.com:8443", "relay.example.com:8443"),
        ("Relay.Example.COM", "relay.example.com:443", "relay.example.com"),
        ("127.0.0.1:443", "127.0.0.1:443", "127.0.0.1"), ("[::1]", "[::1]:443", "[::1]"),
        ("[2001:DB8::1]:080", "[2001:db8::1]:80", "[2001:db8::1]:80"), ("h:65535", "h:65535", "h:65535"),
        ("[FE80::1%enP2p1]:1", "[fe80::1%enP2p1]:1", "[fe80::1%enP2p1]:1"),
    ])
    func aTextIsRead(_ text: String, _ whole: String, _ authority: String) throws {
        let address = try HostAndPort(text[...], defaultPort: 443)
        #expect("\(address)" == whole)
        #expect(address.authority(defaultPort: 443) == authority)
        #expect(try HostAndPort(whole[...], defaultPort: nil) == address)
    }

    @Test(arguments: [
        ("", HostAndPort.Fault.noHost), (":80", .noHost), ("[]", .noHost), ("::1", .noHost), ("[::1", .openBracket),
        ("[::1]x", .behindBracket), ("[::1]x:1", .behindBracket), ("[host]:1", .bracketedName), ("h:", .noPort),
        ("[127.0.0.1]", .bracketedName), ("h:0", .noPort), ("h:65536", .noPort), ("h:+1", .noPort), ("h:-1", .noPort),
        ("h:-0", .noPort), ("h:1:2", .noPort), ("h:٣", .noPort), ("h ", .badHost), ("h\\i", .badHost),
        ("hé", .badHost), ("h\r\n", .badHost),
    ])
    func otherTextsAreRefused(_ text: String, _ fault: HostAndPort.Fault) {
        #expect(throws: fault) { try HostAndPort(text[...], defaultPort: 443) }
    }

    @Test func aPortThatMustBeWritten() throws {
        #expect(throws: HostAndPort.Fault.noPort) { try HostAndPort("h", defaultPort: nil) }
        #expect(try HostAndPort("h:0", defaultPort: nil, ports: 0...65_535).port == 0)
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1", true), ("127.255.255.255", true), ("::1", true), ("0:0:0:0:0:0:0:1", true),
        ("::ffff:127.0.0.1", true), ("126.255.255.255", false), ("128.0.0.0", false), ("127.1", false),
        ("127.0.0.01", false), ("127.example.com", false), ("127.0.0.1.nip.io", false), ("localhost.example", false),
        ("::", false), ("::2", false), ("0.0.0.0", false), ("", false),
    ])
    func whatIsThisMachine(_ host: String, _ isLoopback: Bool) {
        #expect(HostAndPort(host: host, port: 1).isLoopback == isLoopback)
    }
}
