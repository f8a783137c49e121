import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Upstream

/// Questions over real sockets.
struct SocketProbeClientTests {
    private func client(port: Int, patience: TimeAmount = .seconds(60)) throws -> SocketProbeClient {
        let server = try UpstreamServer("http://127.0.0.1:\(port)/base")
        return try SocketProbeClient(
            UpstreamConfiguration(address: .server(server), credential: try UpstreamCredential("s3cret")),
            server: server,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            patience: patience
        )
    }

    /// What has no words of its own has those of the system: a number says nothing to whoever reads it.
    @Test(arguments: [(ECONNREFUSED, "connection refused"), (EPERM, "Operation not permitted")])
    func whyThereIsNoConnection(code: CInt, words: String) {
        #expect(UnreachableReason.words(for: IOError(errnoCode: code, reason: "connect")) == words)
    }

    @Test func aQuestion() async throws {
        let server = try await ModelServer.start()
        let client = try self.client(port: server.port)
        let answer = Task { try await client.ask(.post, "/api/show", body: #"{"model":"m"}"#) }
        let peer = try await server.next()
        let request = try await peer.request()
        #expect(request.hasPrefix("POST /base/api/show HTTP/1.1\r\n"))
        #expect(request.contains("authorization: Bearer s3cret\r\n"))
        #expect(request.hasSuffix("\r\n\r\n{\"model\":\"m\"}"))
        try await peer.answer(#"{"a":1}"#, headers: "Server: llama.cpp\r\n")
        let heard = try await answer.value
        #expect(heard.status == 200)
        #expect(heard.json?["a"]?.int == 1)
        #expect(heard.server == "llama.cpp")
        await server.stop()
    }

    /// Callers of the relay get to read why, so nothing of the TLS library stands in it.
    @Test(arguments: [nil, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"])
    func aServerThatDoesNotSpeakTLS(says: String?) async throws {
        let server = try await ModelServer.start()
        let address = try UpstreamServer("https://127.0.0.1:\(server.port)")
        let client = try SocketProbeClient(
            UpstreamConfiguration(address: .server(address)),
            server: address,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            patience: .seconds(60)
        )
        let answer = Task { try await client.ask(.get, "/v1/models", body: nil) }
        let peer = try await server.next()
        if let says { try await peer.send(says) } else { peer.close() }
        let fault = await #expect(throws: ProbeFault.self) { try await answer.value }
        // Who closes with something unread resets the connection, which says nothing of TLS.
        let isReset = says == nil && fault == .unreachable("connection reset")
        #expect(isReset || fault == .unreachable("it does not speak TLS there: use http://"))
        await server.stop()
    }

    @Test func anAnswerThatIsTooLarge() async throws {
        let server = try await ModelServer.start()
        let client = try self.client(port: server.port)
        let answer = Task { try await client.ask(.get, "/v1/models", body: nil) }
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.send("HTTP/1.1 200 OK\r\n\r\n")
        let piece = String(repeating: "x", count: 256 * 1024)
        // It goes on until it is cut off.
        while (try? await peer.send(piece)) != nil {}
        await #expect(throws: ProbeFault.tooLarge) { try await answer.value }
        await server.stop()
    }

    @Test func noAnswer() async throws {
        let server = try await ModelServer.start()
        let client = try self.client(port: server.port, patience: .milliseconds(50))
        let answer = Task { try await client.ask(.get, "/v1/models", body: nil) }
        let peer = try await server.next()
        await #expect(throws: ProbeFault.timedOut) { try await answer.value }
        try await peer.closed()
        await server.stop()
    }

    @Test func anAnswerThatBreaksOff() async throws {
        let server = try await ModelServer.start()
        let client = try self.client(port: server.port)
        let answer = Task { try await client.ask(.get, "/v1/models", body: nil) }
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx")
        peer.close()
        let fault = await #expect(throws: ProbeFault.self) { try await answer.value }
        #expect(fault?.reason == "its model server does not answer in HTTP")
        await server.stop()
    }

    @Test func nobodyListens() async throws {
        let server = try await ModelServer.start()
        let client = try self.client(port: server.port)
        await server.stop()
        await #expect(throws: ProbeFault.unreachable("connection refused")) {
            try await client.ask(.get, "/v1/models", body: nil)
        }
    }

    @Test func aQuestionThatIsCancelled() async throws {
        let server = try await ModelServer.start()
        let client = try self.client(port: server.port)
        let task = Task { try await client.ask(.get, "/v1/models", body: nil) }
        let peer = try await server.next()
        _ = try await peer.request()
        task.cancel()
        await #expect(throws: ProbeFault.self) { try await task.value }
        try await peer.closed()
        await server.stop()
    }
}
