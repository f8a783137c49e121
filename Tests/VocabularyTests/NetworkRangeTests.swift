import Testing
import Vocabulary

@Suite struct NetworkRangeTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:DB8::8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
    ])
    func addressesAreRead(_ text: String, _ written: String) {
        #expect(NetworkAddress(text).map { "\($0)" } == written)
    }

    @Test(arguments: [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1.2.3.+4", "1.2.3.4 ", ":", ":::",
        "1::2::3",
        ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::", "+1::",
        "::1.2.3", "::1%eth0", "fe80::1%lo", "0x7f.0.0.1", "h",
        "1.2.3.4::", "1:2:3:4:5:6:7",
    ])
    func otherTextsAreRefused(_ text: String) {
        #expect(NetworkAddress(text) == nil)
        #expect(NetworkRange(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255", "11.0.0.0", "a00::"]),
        ("192.168.4.0/22", ["192.168.7.255"], ["192.168.8.0"]), ("fd00::/8", ["fdff::1"], ["fe00::1"]),
        ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "2001:db8::1"]),
        ("::/0", ["::", "1.2.3.4", "ffff::"], []),
        ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db9::", "32.1.13.184"]),
        ("2001:db8::1", ["2001:db8::1"], ["2001:db8::2"]),
    ])
    func aRangeHoldsItsAddresses(_ text: String, _ inside: [String], _ outside: [String]) throws {
        let range = try #require(NetworkRange(text))
        #expect("\(range)" == text)
        for text in inside { #expect(range.contains(try #require(NetworkAddress(text))), "\(text)") }
        for text in outside { #expect(!range.contains(try #require(NetworkAddress(text))), "\(text)") }
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "::1/64", "::/129", "/8", "::/+8",
        "10/8", "h/8",
    ])
    func rangesThatAreNoneAreRefused(_ text: String) {
        #expect(NetworkRange(text) == nil)
    }

    @Test(
        arguments: [
            ("10.1.2.3", 8, "10.0.0.0/8"), ("10.1.2.3", nil, "10.1.2.3"), ("10.1.2.3", 32, "10.1.2.3"),
            ("10.1.2.3", 0, "0.0.0.0/0"), ("10.1.2.3", 33, nil), ("10.1.2.3", -1, nil),
            ("2001:db8::1", 32, "2001:db8::/32"),
            ("2001:db8::1", nil, "2001:db8::1"), ("2001:db8::1", 129, nil),
        ] as [(String, Int?, String?)]
    )
    func aRangeIsFoundAroundAnAddress(_ text: String, _ length: Int?, _ range: String?) throws {
        let found = NetworkRange(around: try #require(NetworkAddress(text)), length: length)
        #expect(found.map { "\($0)" } == range)
    }
}
