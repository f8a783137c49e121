import NIOHTTP1
import Testing
import TunnelProtocol

@testable import Upstream

struct UpstreamIdentityTests {
    private func identity(_ url: String, secret: String? = nil) throws -> UpstreamIdentity {
        UpstreamIdentity(
            UpstreamConfiguration(
                address: try UpstreamAddress(url),
                credential: try secret.map { try UpstreamCredential($0) }
            )
        )
    }

    @Test func theServersOwnNameAndCredential() throws {
        let head = try self.identity("https://models.lan/base/v1", secret: "s3cret").head(
            method: .POST,
            path: "/v1/embeddings",
            length: .known(12)
        )
        #expect(head.uri == "/base/v1/embeddings")
        #expect(head.headers["host"] == ["models.lan"])
        #expect(head.headers["authorization"] == ["Bearer s3cret"])
        #expect(head.headers["content-length"] == ["12"])
        #expect(head.headers["accept-encoding"] == ["identity"])
        #expect(head.headers["transfer-encoding"] == [])
    }

    @Test func lengths() throws {
        let identity = try self.identity("http://x")
        #expect(identity.head(method: .GET, path: "/", length: .none).headers["content-length"] == [])
        let chunked = identity.head(method: .POST, path: "/", length: .chunked).headers
        #expect(chunked["transfer-encoding"] == ["chunked"])
        #expect(chunked["content-length"] == [])
        #expect(chunked["authorization"] == [])
    }

    @Test(arguments: [
        "content-type", "accept", "traceparent", "tracestate", "openai-beta", "anthropic-version", "anthropic-beta",
    ])
    func passes(name: String) throws {
        let fields = [BinaryHTTP.Field(name: name, value: "v")]
        let head = try self.identity("http://x").head(method: .POST, path: "/", length: .known(0), fields: fields)
        #expect(head.headers[name] == ["v"])
    }

    @Test(arguments: [
        "authorization", "x-api-key", "x-goog-api-key", "cookie", "host", "connection", "keep-alive", "te", "upgrade",
        "transfer-encoding", "content-length", "x-forwarded-for", "forwarded", "accept-encoding", "x-conversation-id",
        "x-stainless-lang", "expect", "proxy-authorization", "adit-deployment", "adit-call", "user-agent",
        "Content-Type",
    ])
    func passesNothingElse(name: String) throws {
        let fields = [BinaryHTTP.Field(name: name, value: "smuggled")]
        let head = try self.identity("http://x", secret: "own").head(
            method: .POST,
            path: "/",
            length: .known(0),
            fields: fields
        )
        let passed = head.headers.filter { $0.value == "smuggled" }.map(\.name)
        // The call's id goes on under the name that servers know.
        #expect(passed == (name == "adit-call" ? ["x-request-id"] : []))
        #expect(head.headers["authorization"] == ["Bearer own"])
    }
}
