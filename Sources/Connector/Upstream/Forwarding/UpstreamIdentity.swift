import NIOCore

/// What every request to one model server says, whoever asked.
struct UpstreamIdentity: Sendable {
    /// The value of `Host`: the server's own name, never the relay's.
    private let host: String
    /// The value of `Authorization`, if the server wants one.
    private let authorization: String?
    /// What precedes every path.
    private let basePath: String

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

    /// The request line and the fields that are the same in every request for a path.
    func opening(_ method: String, _ path: String) -> ByteBuffer {
        var bytes = ByteBuffer(string: "\(method) \(self.basePath)\(path) HTTP/1.1\r\nhost: \(self.host)\r\n")
        if let authorization { bytes.writeString("authorization: \(authorization)\r\n") }
        // What is passed on is not to be inflated first, neither here nor at the relay.
        bytes.writeString("accept-encoding: identity\r\nuser-agent: adit-connector\r\n")
        return bytes
    }
}
