import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

struct UpstreamRequestHeadTests {
    private func head(
        _ url: String,
        secret: String? = nil,
        path: String = "/v1/embeddings",
        length: UpstreamRequestHead.BodyLength = .known(12),
        fields: [BinaryHTTP.Field] = []
    ) throws -> SentHead {
        let identity = UpstreamIdentity(
            UpstreamConfiguration(
                address: try UpstreamAddress(url),
                credential: try secret.map { try UpstreamCredential($0) }
            )
        )
        return SentHead(
            UpstreamRequestHead(opening: identity.opening("POST", path), path: path, length: length, fields: fields)
        )
    }

    @Test func theServersOwnNameAndCredential() throws {
        let head = try self.head("https://models.lan/base/v1", secret: "s3cret")
        #expect(head.method == "POST")
        #expect(head.uri == "/base/v1/embeddings")
        #expect(head["host"] == ["models.lan"])
        #expect(head["authorization"] == ["Bearer s3cret"])
        #expect(head["content-length"] == ["12"])
        #expect(head["accept-encoding"] == ["identity"])
        #expect(head["transfer-encoding"] == [])
    }

    @Test func lengths() throws {
        let none = try self.head("http://x", length: .none)
        #expect(none["content-length"] == [] && none["transfer-encoding"] == [])
        let chunked = try self.head("http://x", length: .chunked)
        #expect(chunked["transfer-encoding"] == ["chunked"])
        #expect(chunked["content-length"] == [])
        #expect(chunked["authorization"] == [])
        #expect(try self.head("http://x", length: .known(0))["content-length"] == ["0"])
    }

    @Test(arguments: [
        "content-type", "accept", "traceparent", "tracestate", "openai-beta", "anthropic-version", "anthropic-beta",
    ])
    func passes(name: String) throws {
        let head = try self.head("http://x", fields: [BinaryHTTP.Field(name: name, value: "v: w")])
        #expect(head[name] == ["v: w"])
    }

    @Test(arguments: [
        "authorization", "x-api-key", "x-goog-api-key", "cookie", "host", "connection", "keep-alive", "te", "upgrade",
        "transfer-encoding", "content-length", "x-forwarded-for", "forwarded", "accept-encoding", "x-conversation-id",
        "x-stainless-lang", "expect", "proxy-authorization", "adit-deployment", "adit-call", "user-agent",
        "Content-Type",
    ])
    func passesNothingElse(name: String) throws {
        let head = try self.head("http://x", secret: "own", fields: [BinaryHTTP.Field(name: name, value: "smuggled")])
        #expect(head.lines.allSatisfy { $0.value != "smuggled" })
        #expect(head["authorization"] == ["Bearer own"])
    }
}
