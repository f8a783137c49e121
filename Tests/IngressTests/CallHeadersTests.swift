import NIOHTTP1
import Testing

@testable import Ingress

@Suite("What a call's headers say")
struct CallHeadersTests {
    @Test("the case of a name does not count, and of several the first does")
    func names() {
        let headers = CallHeaders([
            "Authorization": "Bearer a", "authorization": "Bearer b", "X-API-Key": "k", "x-goog-api-key": "g",
            "Content-Type": "application/json", "CONTENT-LENGTH": "12", "Expect": "100-continue",
            "Idempotency-Key": "once", "host": "x", "user-agent": "y",
        ])
        #expect(headers.authorization == "Bearer a")
        #expect(headers.apiKey == "k")
        #expect(headers.googleKey == "g")
        #expect(headers.contentType == "application/json")
        #expect(headers.contentLength == "12")
        #expect(headers.expect == "100-continue")
        #expect(headers.idempotencyKey == "once")
        #expect(!headers.hasCoding)
        #expect(headers.passed.isEmpty)
    }

    @Test("names of the same length are others")
    func others() {
        let headers = CallHeaders([
            "authorizatiom": "Bearer a", "x-api_key": "k", "content-typf": "t", "content.length": "1", "exp%ct": "e",
        ])
        #expect(headers.authorization == nil && headers.apiKey == nil && headers.contentType == nil)
        #expect(headers.contentLength == nil && headers.expect == nil)
    }

    @Test("an upstream sees what is meant for it, once each, and nothing of the caller's secrets")
    func passed() {
        let headers = CallHeaders([
            "Traceparent": "t", "traceparent": "u", "tracestate": "s", "OpenAI-Beta": "o", "anthropic-version": "v",
            "anthropic-beta": "b", "authorization": "Bearer a", "cookie": "c", "x-forwarded-for": "1.2.3.4",
            "content-encoding": "gzip",
        ])
        #expect(headers.hasCoding)
        #expect(
            headers.passed.map { "\($0.name)=\($0.value)" }
                == ["traceparent=t", "tracestate=s", "openai-beta=o", "anthropic-version=v", "anthropic-beta=b"]
        )
    }
}
