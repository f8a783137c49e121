import Testing

@testable import Ingress

@Suite("The headers of answers")
struct AnswerHeadersTests {
    private func allowed(
        _ asked: [Substring],
        origin: String? = "https://app.example",
        _ origins: [String] = ["*"]
    ) -> String? {
        AnswerHeaders(isHTTP2: true, corsOrigins: origins).preflight(origin: origin, asked: asked)
            .first { $0.0 == "access-control-allow-headers" }?.1
    }

    @Test("a page may send what it asks for")
    func asked() {
        let sdk: [Substring] = ["user-agent", "x-server-timeout", "x-stainless-helper", "x-from-tomorrow"]
        #expect(self.allowed(sdk) == "user-agent, x-server-timeout, x-stainless-helper, x-from-tomorrow")
        #expect(self.allowed(sdk, ["https://app.example"]) == self.allowed(sdk))
    }

    @Test(
        "what is no name is not said back",
        arguments: ["a,b", "a b", "a\r\nset-cookie: x", "a:", "\"a\"", "ä", "a\0", ""]
    )
    func noName(_ name: String) {
        #expect(self.allowed(["x-first", name[...], "x-last"]) == "x-first, x-last")
    }

    @Test("who asks for nothing, for too much, or may not call, gets the usual names")
    func usual() {
        let usual = self.allowed([])
        #expect(usual?.contains("x-stainless-timeout") == true)
        #expect(self.allowed(["a b"]) == usual)
        #expect(self.allowed((0..<300).map { "x-header-\($0)" }) == usual)
        #expect(self.allowed(["x-first"], origin: nil) == usual)
        #expect(self.allowed(["x-first"], ["https://other.example"]) == usual)
    }
}
