import NIOHTTP1
import TunnelProtocol

/// What every request to one model server says, whoever asked.
struct UpstreamIdentity: Sendable {
    /// The value of `Host`: the server's own name, never the relay's.
    let host: String
    /// The value of `Authorization`, if the server wants one.
    let authorization: String?
    /// What precedes every path.
    let basePath: String

    init(_ configuration: UpstreamConfiguration) {
        switch configuration.address {
        case .server(let server):
            self.host = server.authority
            self.basePath = server.basePath
        case .demo:
            self.host = "demo"
            self.basePath = ""
        }
        self.authorization = configuration.credential?.authorization
    }

    /// How the length of a request's body is told.
    enum BodyLength: Equatable {
        case none
        case known(Int)
        case chunked
    }

    /// A request's head with exactly the fields that a model server is to see.
    ///
    /// - Parameter fields: what the relay sent; of these only those of ``passes(_:)`` go on, and the call's id as
    ///   `x-request-id`.
    func head(
        method: HTTPMethod,
        path: String,
        length: BodyLength,
        fields: [BinaryHTTP.Field] = []
    ) -> HTTPRequestHead {
        var lines: [(String, String)] = []
        lines.reserveCapacity(fields.count + 5)
        lines.append(("host", self.host))
        switch length {
        case .none: break
        case .known(let count): lines.append(("content-length", String(count)))
        case .chunked: lines.append(("transfer-encoding", "chunked"))
        }
        if let authorization { lines.append(("authorization", authorization)) }
        // What is passed on is not to be inflated first, neither here nor at the relay.
        lines.append(("accept-encoding", "identity"))
        lines.append(("user-agent", "adit-connector"))
        for field in fields {
            if Self.passes(field.name) {
                lines.append((field.name, field.value))
            } else if field.name == "adit-call" {
                lines.append(("x-request-id", field.value))
            }
        }
        let target = self.basePath.isEmpty ? path : self.basePath + path
        return HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: HTTPHeaders(lines))
    }

    /// Whether a field of a call goes on to the model server.
    ///
    /// Content and tracing, and what vendors version their dialects by; no credential, no cookie, nothing about the way
    /// that the call came.
    static func passes(_ name: String) -> Bool {
        switch name {
        case "content-type", "accept", "traceparent", "tracestate", "openai-beta", "anthropic-version",
            "anthropic-beta":
            true
        default:
            false
        }
    }
}
