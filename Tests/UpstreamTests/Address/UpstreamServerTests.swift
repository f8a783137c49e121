import Testing

@testable import Upstream

struct UpstreamServerTests {
    @Test(arguments: [
        ("http://127.0.0.1:11434", "http", "127.0.0.1", 11_434, "", "http://127.0.0.1:11434", "127.0.0.1:11434"),
        ("http://localhost:8080/", "http", "localhost", 8_080, "", "http://localhost:8080", "localhost:8080"),
        ("localhost:1234", "http", "localhost", 1_234, "", "http://localhost:1234", "localhost:1234"),
        ("models", "http", "models", 80, "", "http://models", "models"),
        ("HTTPS://Models.LAN", "https", "models.lan", 443, "", "https://models.lan", "models.lan"),
        ("https://models.lan:443/a/b/", "https", "models.lan", 443, "/a/b", "https://models.lan/a/b", "models.lan"),
        ("http://x:80", "http", "x", 80, "", "http://x", "x"),
        ("http://x:443", "http", "x", 443, "", "http://x:443", "x:443"),
        // The base URL that SDKs are given.
        ("http://x:1/v1", "http", "x", 1, "", "http://x:1", "x:1"),
        ("http://x:1/base/v1/", "http", "x", 1, "/base", "http://x:1/base", "x:1"),
        ("http://x:1/v10", "http", "x", 1, "/v10", "http://x:1/v10", "x:1"),
        ("http://[::1]:8000", "http", "::1", 8_000, "", "http://[::1]:8000", "[::1]:8000"),
        ("https://[2001:DB8::2]/m", "https", "2001:db8::2", 443, "/m", "https://[2001:db8::2]/m", "[2001:db8::2]"),
    ])
    func urls(text: String, scheme: String, host: String, port: Int, base: String, url: String, name: String) throws {
        let server = try UpstreamServer(text)
        #expect(server.scheme.rawValue == scheme)
        #expect(server.host == host)
        #expect(server.port == port)
        #expect(server.basePath == base)
        #expect(server.description == url)
        #expect(server.authority == name)
        #expect(try UpstreamServer(server.description) == server)
        #expect(try UpstreamAddress(text).description == url)
    }

    @Test(arguments: [
        "", "http://", "http:///path", "ftp://x", "unix:///tmp/s", "http://x:", "http://x:0", "http://x:65536",
        "http://x:+80", "http://x:8o", "http://x:1:2", "http://user@x", "http://user:pw@x", "http://x?a=b",
        "http://x#f",
        "http://x/a?b", "http://x/../y", "http://x/./y", "http://x//y", "http://x y", "http://x\r\nHost: y",
        "http://x/a\\b", "http://[::1", "http://[::1]x", "http://[::1]x:1", "http://[x]", "http://xé",
    ])
    func whatIsNoURL(text: String) {
        #expect(throws: UpstreamServer.Fault.self) { try UpstreamServer(text) }
    }

    /// People copy the URL of the call in an example.
    @Test(arguments: [
        "http://x:1/v1/chat/completions", "http://x:1/v1/chat/completions/", "https://x/base/v1/models", "x/api/chat",
        "http://x/v1/completions", "http://x/v1/embeddings", "http://x/v1/responses", "http://x/v1/messages",
        "http://x/chat/completions", "http://x/api/generate", "http://x/api/tags",
    ])
    func anEndpoint(text: String) {
        let fault = #expect(throws: UpstreamServer.Fault.self) { try UpstreamServer(text) }
        #expect(fault?.description.contains("ends before /v1") == true, "\(String(describing: fault))")
    }

    @Test(arguments: ["http://x/models", "http://x/messages", "http://x/openai/v1", "http://x/chat", "http://x/api"])
    func aPathThatIsABase(text: String) throws {
        _ = try UpstreamServer(text)
    }

    @Test func aPasswordIsNotRepeated() {
        let fault = #expect(throws: UpstreamServer.Fault.self) { try UpstreamServer("http://me:hunter2@x") }
        #expect(fault?.description.contains("hunter2") == false)
    }
}
