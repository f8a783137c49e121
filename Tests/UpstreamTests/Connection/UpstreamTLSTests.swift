import NIOCore
import NIOSSL
import Testing
import TunnelProtocol

@testable import Upstream

/// Model servers behind TLS.
struct UpstreamTLSTests {
    /// A call to a server whose certificate is not looked at.
    private static func unverifiedCall(to server: ModelServer) async throws -> LoopbackCall {
        try await LoopbackCall(
            UpstreamConfiguration(
                address: try UpstreamAddress("https://127.0.0.1:\(server.port)"),
                verifiesCertificate: false
            )
        )
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func aServerWhoseCertificateIsTrusted(host: String) async throws {
        let server = try await ModelServer.start(tls: try TestCertificate.serverContext())
        try await TestCertificate.inFile { file in
            let call = try await LoopbackCall(
                UpstreamConfiguration(
                    address: try UpstreamAddress("https://\(host):\(server.port)"),
                    authorityFile: file
                )
            )
            try await call.ask()
            let peer = try await server.next()
            #expect(try await peer.request().contains("host: \(host):\(server.port)\r\n"))
            try await peer.answer("ok")
            let sight = try await call.waits("the answer") { $0.isFinished }
            #expect(sight.answer.text == "ok")
            call.forwarding.closeIdle()
            try await call.waits("the connection is forgotten") { $0.connections == 0 }
        }
        await server.stop()
    }

    /// What else lies in the file is not looked at: what the configuration was judged by is what is used.
    @Test func moreThanCertificatesInTheFile() async throws {
        let address = try UpstreamAddress("https://localhost")
        try await TestCertificate.inFile(with: "\n-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n") { file in
            let configuration = UpstreamConfiguration(address: address, authorityFile: file)
            let context = try UpstreamTLS.context(for: configuration)
            #expect(context != nil)
        }
    }

    @Test func aFileWithoutCertificatesIsNamed() throws {
        let configuration = UpstreamConfiguration(address: try UpstreamAddress("https://h"), authorityFile: "/none")
        let error = #expect(throws: (any Error).self) { try UpstreamTLS.context(for: configuration) }
        #expect(error.map { "\($0)" } == "/none cannot be read or holds no certificate: expected PEM")
    }

    @Test func aServerThatIsNotVerified() async throws {
        let server = try await ModelServer.start(tls: try TestCertificate.serverContext())
        let call = try await Self.unverifiedCall(to: server)
        try await call.ask()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await call.waits("the answer") { $0.isFinished }
        call.forwarding.closeIdle()
        await server.stop()
    }

    /// Nothing was asked before the handshake was over: the call may be tried elsewhere.
    @Test func aServerWhoseCertificateIsNotTrusted() async throws {
        let server = try await ModelServer.start(tls: try TestCertificate.serverContext())
        let call = try await LoopbackCall("https://127.0.0.1:\(server.port)")
        try await call.ask()
        let sight = try await call.waits("the end") { $0.abandoned != nil }
        #expect(sight.abandoned == .upstreamUnreachable)
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    @Test func aServerWithoutTLS() async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("https://127.0.0.1:\(server.port)")
        try await call.ask()
        let peer = try await server.next()
        try await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        let sight = try await call.waits("the end") { $0.abandoned != nil }
        #expect(sight.abandoned == .upstreamUnreachable)
        await server.stop()
    }

    @Test func aHandshakeThatDoesNotEnd() async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall(
            UpstreamConfiguration(
                address: try UpstreamAddress("https://127.0.0.1:\(server.port)"),
                connectTimeout: .milliseconds(50)
            )
        )
        try await call.ask()
        let peer = try await server.next()
        let sight = try await call.waits("the end") { $0.abandoned != nil }
        #expect(sight.abandoned == .upstreamUnreachable)
        try await peer.closed()
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    @Test func aCallerWhoLeavesDuringTheHandshake() async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("https://127.0.0.1:\(server.port)")
        try await call.ask()
        let peer = try await server.next()
        try await call.cancel()
        try await peer.closed()
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    /// When a caller leaves, and whether that one reads slowly.
    enum Leaving: CaseIterable {
        case beforeTheAnswer, afterItsFirstPiece, whileReadingIsPaused
    }

    /// A server that generates reads nothing: what stops it is the end of its connection, and no goodbye of TLS before that.
    @Test(arguments: Leaving.allCases)
    func aCallerWhoLeavesAServerThatReadsNothing(leaving: Leaving) async throws {
        let server = try await ModelServer.start(tls: try TestCertificate.serverContext())
        let call = try await Self.unverifiedCall(to: server)
        try await call.ask()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.stopReading()
        if leaving != .beforeTheAnswer {
            if leaving == .whileReadingIsPaused { try await call.setWritable(false) }
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
            try await call.waits("the first piece") { $0.answer.text.contains("data: 1") }
        }
        let wireBytes = peer.wireBytes
        try await call.cancel()
        // The time that TLS gives a server for its goodbye is 5 s.
        try await within(3, "the server sees the end") { try await peer.closed() }
        #expect(peer.wireBytes == wireBytes)
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    /// A connection that has carried its calls to the end is closed with a goodbye, so that the server knows that nothing was cut off.
    @Test func anIdleConnectionIsClosedInOrder() async throws {
        let server = try await ModelServer.start(tls: try TestCertificate.serverContext())
        let call = try await Self.unverifiedCall(to: server)
        try await call.ask()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await call.waits("the answer") { $0.isFinished }
        let wireBytes = peer.wireBytes
        call.forwarding.closeIdle()
        try await peer.closed()
        #expect(peer.wireBytes > wireBytes)
        await server.stop()
    }

    @Test func authoritiesThatCannotBeRead() throws {
        let configuration = UpstreamConfiguration(
            address: try UpstreamAddress("https://x"),
            authorityFile: "/nowhere/at/all.pem"
        )
        #expect(throws: (any Error).self) { try Forwarding(upstreams: [configuration], logger: .silent) }
        let plain = UpstreamConfiguration(
            address: try UpstreamAddress("http://x"),
            authorityFile: "/nowhere/at/all.pem"
        )
        #expect(try UpstreamTLS.context(for: plain) == nil)
    }
}
