import Testing
import Vocabulary

/// Whom a request comes from, when proxies have a word in it.
struct TrustedProxiesTests {
    private static let proxies = TrustedProxies(
        ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].compactMap { NetworkRange($0) }
    )

    @Test(
        arguments: [
            // Nobody but a trusted peer is asked.
            ("192.0.2.9", ["203.0.113.7"], "192.0.2.9"),
            ("127.0.0.1", [], "127.0.0.1"),
            ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
            // What a client has made up stands left of its own address.
            ("127.0.0.1", ["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", ["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", ["1.1.1.1, 10.9.9.9, 203.0.113.7, 10.0.0.1"], "203.0.113.7"),
            ("127.0.0.1", ["203.0.113.7", "10.0.0.1 ,\t10.0.0.2"], "203.0.113.7"),
            // Proxies all the way: the first of them.
            ("127.0.0.1", ["10.0.0.3, 10.0.0.1"], "10.0.0.3"),
            // What is no address ends the walk at the last one that is known.
            ("127.0.0.1", ["203.0.113.7, unknown"], "127.0.0.1"),
            ("127.0.0.1", ["203.0.113.7, , 10.0.0.1"], "10.0.0.1"),
            ("127.0.0.1", [""], "127.0.0.1"),
            ("127.0.0.1", ["010.0.0.1"], "127.0.0.1"),
            // Ports and brackets.
            ("127.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
            ("127.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
            ("fd00::1", ["[2001:db8::1]"], "2001:db8::1"),
            ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", ["[2001:db8::1"], "127.0.0.1"),
            // An address of version 4 in one of version 6 is the same.
            ("::ffff:127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ] as [(String, [String], String)]
    )
    func theRightmostHopThatIsNotTrusted(peer: String, values: [String], client: String) throws {
        let peer = try #require(NetworkAddress(peer))
        #expect(Self.proxies.client(peer: peer, forwardedFor: values).description == client)
        #expect(TrustedProxies().client(peer: peer, forwardedFor: values) == peer)
    }
}
