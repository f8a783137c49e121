private import NIOCore
private import NIOPosix
package import NIOSSL

/// A caller of the API over HTTP/1.1 that knows what came byte by byte, and can leave at any time.
package struct HTTPCaller: Sendable {
    package var host: String
    package var port: Int
    /// What to trust; `nil` speaks plainly.
    package var tls: NIOSSLContext?
    /// Sent as a bearer token with each request, when there is one.
    package var key: String?
    /// The address that connections come from, when it matters.
    package var source: String?
    /// Bytes that each connection begins with, below TLS.
    package var preface: [UInt8] = []

    /// - Parameter authority: the PEM file of the certificate authority to trust, or `nil` to speak plainly.
    package init(host: String = "127.0.0.1", port: Int, authority: String?, key: String? = nil) throws {
        self.host = host
        self.port = port
        self.key = key
        self.tls = try authority.map { file in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(file)
            return try NIOSSLContext(configuration: configuration)
        }
    }

    /// The same caller from another address of this machine.
    package func from(_ source: String) -> HTTPCaller {
        var other = self
        other.source = source
        return other
    }

    /// The same caller with another key.
    package func with(key: String?) -> HTTPCaller {
        var other = self
        other.key = key
        return other
    }

    /// Opens a connection and says nothing.
    package func connect(receiveBuffer: Int? = nil) async throws -> WireConnection {
        try await WireConnection.open(
            to: self.host,
            port: self.port,
            tls: self.tls,
            receiveBuffer: receiveBuffer,
            source: self.source,
            preface: self.preface
        )
    }

    /// The bytes of a request's head, its empty line included.
    package func head(
        _ method: String,
        _ target: String,
        headers: [(String, String)] = [],
        length: Int? = nil
    ) -> String {
        var lines = ["\(method) \(target) HTTP/1.1", "host: \(self.host):\(self.port)"]
        let names = Set(headers.map { $0.0.lowercased() })
        if let key, !names.contains("authorization") { lines.append("authorization: Bearer \(key)") }
        if let length {
            if !names.contains("content-type") { lines.append("content-type: application/json") }
            lines.append("content-length: \(length)")
        }
        lines += headers.map { "\($0.0): \($0.1)" }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Sends a request on a connection of its own and gives the answer as it comes.
    package func start(
        _ method: String,
        _ target: String,
        headers: [(String, String)] = [],
        body: String? = nil,
        receiveBuffer: Int? = nil
    ) async throws -> ComingAnswer {
        let connection = try await self.connect(receiveBuffer: receiveBuffer)
        let answer = ComingAnswer(connection: connection, isForHead: method == "HEAD")
        var bytes = ByteBuffer(string: self.head(method, target, headers: headers, length: body?.utf8.count))
        if let body { bytes.writeString(body) }
        try await connection.send(bytes)
        return answer
    }

    /// Sends a POST whose body is not text, and waits for its whole answer.
    /// - Parameter pieces: the body; each piece is a write of its own.
    package func post(_ target: String, pieces: [[UInt8]], headers: [(String, String)] = []) async throws -> Answer {
        try await withDeadline(60, "POST \(target) is answered") {
            let connection = try await self.connect()
            let length = pieces.reduce(0) { $0 + $1.count }
            try await connection.send(self.head("POST", target, headers: headers, length: length))
            for piece in pieces { try await connection.send(ByteBuffer(bytes: piece)) }
            return try await ComingAnswer(connection: connection).whole()
        }
    }

    /// Sends a request and waits for its whole answer.
    package func ask(
        _ method: String,
        _ target: String,
        headers: [(String, String)] = [],
        body: String? = nil,
        within seconds: Double = 20
    ) async throws -> Answer {
        try await withDeadline(seconds, "\(method) \(target) is answered") {
            try await self.start(method, target, headers: headers, body: body).whole()
        }
    }

    package func get(_ target: String, headers: [(String, String)] = []) async throws -> Answer {
        try await self.ask("GET", target, headers: headers)
    }

    package func post(_ target: String, _ body: String, headers: [(String, String)] = []) async throws -> Answer {
        try await self.ask("POST", target, headers: headers, body: body)
    }
}

/// A whole answer.
package struct Answer: Sendable {
    package var head: AnswerHead
    package var body: [UInt8]

    package var status: Int { self.head.status }
    package var text: String { String(decoding: self.body, as: UTF8.self) }
    /// The body as JSON; `null` when it is none.
    package var json: JSONValue { (try? JSONValue(self.body)) ?? .null }
}
