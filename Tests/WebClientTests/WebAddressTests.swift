import Testing

@testable import WebClient

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
        #expect(throws: WebFault.self) { try WebAddress(text) }
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
        #expect(throws: WebFault.self) { try address.following(location) }
    }
}
