import NIOCore
import Testing
import Vocabulary

@testable import RemoteImages

@Suite("Addresses on the web")
struct WebAddressTests {
    @Test(
        "their parts",
        arguments: [
            ("http://example.org", false, "example.org", 80, "/"),
            ("HTTPS://Example.ORG/a.png?x=1#y", true, "example.org", 443, "/a.png?x=1"),
            ("https://example.org:8443/", true, "example.org", 8443, "/"),
            ("http://example.org?x", false, "example.org", 80, "/?x"),
            ("http://10.0.0.1:/a", false, "10.0.0.1", 80, "/a"),
            ("http://[::1]:81/a", false, "::1", 81, "/a"),
            ("http://a_b.c-d./", false, "a_b.c-d.", 80, "/"),
        ]
    )
    func parts(_ text: String, _ isSecure: Bool, _ host: String, _ port: Int, _ target: String) throws {
        let address = try WebAddress(text)
        #expect(address.isSecure == isSecure)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.target == target)
    }

    @Test(
        "what is none",
        arguments: [
            "", "a.png", "ftp://h/a", "file:///etc/passwd", "http:/h", "http://", "http:///a", "http://user@h/",
            "http://user:word@h/", "http://h:0/", "http://h:65536/", "http://h:+80/", "http://h:8a/", "http://h/a b",
            "http://h/\r\nx: y", "http://h\\@i/", "http://ä.example/", "http://h/ä", "http://[::1/", "http://[h]/",
            "http://[::1]x/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:8.8.8.8]/", "http://[::ffff:808:808]/",
            "http://0x7f000001/", "http://2130706433/", "http://127.1/", "http://1.2.3.4.5/",
            "http://a..b/", "http://.a/", "http://a!b/", "gopher://h:70/",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: FetchFault.self) { try WebAddress(text) }
    }

    @Test(
        "where a redirect leads",
        arguments: [
            ("https://i.example/b.png", "https://i.example/b.png"), ("//i.example/b", "http://i.example/b"),
            ("/b.png?y", "http://h.example:81/b.png?y"), ("b.png", "http://h.example:81/a/b.png"),
            ("?y", "http://h.example:81/a/x.png?y"), ("../b", "http://h.example:81/a/../b"),
        ]
    )
    func redirects(_ location: String, _ expected: String) throws {
        let address = try WebAddress("http://h.example:81/a/x.png?q=/z")
        #expect(try address.following(location) == WebAddress(expected))
    }

    @Test(
        "a redirect to another kind of place",
        arguments: ["ftp://h/", "data:image/png;base64,AA", "javascript:1", "//u@h/"]
    )
    func badRedirects(_ location: String) throws {
        let address = try WebAddress("http://h.example/")
        #expect(throws: FetchFault.self) { try address.following(location) }
    }

    @Test(
        "exemptions",
        arguments: [
            ("images.lan", "images.lan", "10.0.0.1", 80, true), ("Images.LAN", "images.lan", "10.0.0.1", 443, true),
            ("images.lan", "images.lan", "10.0.0.1", 8080, false), ("images.lan:8080", "images.lan", "::1", 8080, true),
            ("images.lan:8080", "images.lan", "::1", 80, false), ("images.lan", "other.lan", "10.0.0.1", 80, false),
            ("10.0.0.0/8", "other.lan", "10.0.0.1", 80, true), ("10.0.0.0/8:81", "10.0.0.1", "10.0.0.1", 81, true),
            ("fd00::/8", "other.lan", "fd00::1", 443, true), ("[fd00::/8]:81", "other.lan", "fd00::1", 81, true),
            ("[fd00::/8]", "other.lan", "fd00::1", 81, false), ("fd00::/8", "other.lan", "10.0.0.1", 80, false),
            ("::/0", "other.lan", "fd00::1", 80, true), ("::/0", "other.lan", "10.0.0.1", 80, false),
            ("0.0.0.0/0", "other.lan", "10.0.0.1", 80, true), ("0.0.0.0/0", "other.lan", "fd00::1", 80, false),
        ]
    )
    func exemptions(_ text: String, _ host: String, _ address: String, _ port: Int, _ isCovered: Bool) throws {
        let exemption = try #require(Exemption(text))
        #expect(exemption.covers(host: host, address: try #require(NetworkAddress(address)), port: port) == isCovered)
    }

    @Test(
        "what is no exemption",
        arguments: [
            "", "10.0.0.5/8", "fd00::1/8", "10.0.0.0/+8", "10.0.0.0/33", "010.0.0.0/8", "10.0.0.1:0", "10.0.0.1:+80",
            "h:",
            "[10.0.0.1]:80", "[h]", "[fd00::/8", "[fd00::/8]80", "h.", "h/8",
        ]
    )
    func noExemption(_ text: String) {
        #expect(Exemption(text) == nil)
    }

    @Test(
        "types by their first bytes",
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], ImageType.png), ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
            (Array("GIF87a..".utf8), .gif), (Array("GIF89a".utf8), .gif), (Array("RIFF....WEBPVP8 ".utf8), .webp),
            (Array("RIFF....WAVE".utf8), nil), (Array("<svg xmlns".utf8), nil), (Array("%PDF-".utf8), nil), ([], nil),
            (Array("GIF88a".utf8), nil), ([0x89, 0x50], nil),
        ] as [([UInt8], ImageType?)]
    )
    func types(_ bytes: [UInt8], _ type: ImageType?) {
        #expect(ImageType(beginningOf: ByteBuffer(bytes: bytes)) == type)
    }
}
