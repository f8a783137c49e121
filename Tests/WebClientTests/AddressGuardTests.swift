import Testing
import Vocabulary

@testable import WebClient

@Suite("Which addresses are public")
struct AddressGuardTests {
    @Test(
        "public ones",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0",
            "223.255.255.255", "2606:4700:4700::1111", "2001:200::1", "2a00:1450::1", "2003::1", "3ffe::1",
        ]
    )
    func isPublic(_ text: String) throws {
        #expect(AddressGuard.isPublic(try #require(NetworkAddress(text))))
    }

    @Test(
        "all others",
        arguments: [
            // This host, private, carriers' shared.
            "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
            // Loopback, link-local with the clouds' metadata, private.
            "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.0", "172.31.255.255",
            // Assignments, documentation, relays, private, benchmarks.
            "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.0", "198.19.255.255",
            // Documentation, multicast, reserved, broadcast.
            "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
            // Unspecified, loopback, IPv4 in disguise: compatible, mapped, translated.
            "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:0:8.8.8.8",
            // NAT64, local NAT64, discard-only, Teredo, benchmarks, ORCHID.
            "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1",
            // Documentation, 6to4, documentation, segment routing.
            "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "3fff:fff:ffff::1", "5f00::1",
            // Unique local, link-local, site-local, multicast, not given out.
            "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "4000::1", "8000::1",
        ]
    )
    func isSpecial(_ text: String) throws {
        #expect(!AddressGuard.isPublic(try #require(NetworkAddress(text))))
    }
}
