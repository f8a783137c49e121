import Foundation
import NIOCore
import NIOSSL
import Testing
import TunnelTransport

@testable import Uplink

/// Through a proxy: CONNECT first, then everything as without.
struct DialerProxyTests {
    @Test func throughTheProxyToTheRelay() async throws {
        let server = try await StubServer.start()
        try await withFile(TestCertificate.authority) { file in
            let dialer = try DialerUnderTest(
                "https://relay.test:8443",
                proxy: "http://user:pass@127.0.0.1:\(server.port)",
                trust: try RelayTrust(authorityFile: file)
            )
            async let dialled = dialer.dial()
            let peer = try await server.next()
            let lines = try await peer.request().components(separatedBy: "\r\n")
            #expect(lines.first == "CONNECT relay.test:8443 HTTP/1.1")
            #expect(
                Set(lines.dropFirst().filter { !$0.isEmpty }) == [
                    "host: relay.test:8443", "proxy-authorization: Basic dXNlcjpwYXNz",
                ]
            )
            try await peer.startTLS(try TestCertificate.relay.serverContext())
            // Below TLS, which waits for the connector's first bytes.
            try await peer.sendRaw("HTTP/1.1 200 Connection established\r\n\r\n")
            let request = try await peer.request()
            #expect(request.hasPrefix("GET /.well-known/adit/tunnel HTTP/1.1\r\nhost: relay.test:8443\r\n"))
            let relay = FakeRelay()
            try await peer.welcome(relay)
            let sight = try await dialled
            try await sight.waits(for: "the relay's welcome") { $0.messages == [FakeRelay.welcome] }
            try await relay.use { $0.close(reason: "enough") }
        }
        await server.stop()
    }

    @Test(arguments: [
        (
            "HTTP/1.1 407 Auth\r\ncontent-length: 0\r\n\r\n",
            "HTTP 407. It wants a user and a password: HTTPS_PROXY=http://user:password@host:port"
        ),
        (
            "HTTP/1.0 403 Forbidden\r\n\r\n<html>",
            "HTTP 403. It has to allow CONNECT to the relay, or NO_PROXY has to name the relay"
        ),
        ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 2\r\n\r\nno", "HTTP 502"),
    ])
    func theProxyRefuses(answer: String, words: String) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("https://relay.test", proxy: "http://u:secret@127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.send(answer)
            peer.close()
        }
        #expect(failure.step == .proxy)
        #expect(
            failure.description
                == "the proxy http://127.0.0.1:\(server.port) opens no way to https://relay.test: \(words)"
        )
        await server.stop()
    }

    @Test(arguments: ["", "garbage\r\n\r\n", "HTTP/1.1 200"])
    func whatIsNoProxy(answer: String) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("https://relay.test", proxy: "http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.send(answer)
            peer.close()
        }
        #expect(failure.step == .proxy)
        #expect(
            failure.description == "the proxy http://127.0.0.1:\(server.port) closed the connection or does not speak "
                + "HTTP. Check HTTPS_PROXY"
        )
        await server.stop()
    }

    @Test func aProxyThatDoesNotAnswer() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest(
            "https://relay.test",
            proxy: "http://127.0.0.1:\(server.port)",
            patience: .milliseconds(50)
        )
        let failure = try await dialer.failure { try await server.next().closed() }
        #expect(failure.step == .proxy)
        #expect(failure.description == "the proxy http://127.0.0.1:\(server.port) did not answer in time")
        await server.stop()
    }

    @Test func aProxyThatIsNotThere() async throws {
        let server = try await StubServer.start()
        await server.stop()
        let dialer = try DialerUnderTest("https://relay.test", proxy: "http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {}
        #expect(failure.step == .connect)
        #expect(failure.description.hasPrefix("the proxy http://127.0.0.1:\(server.port) refuses connections"))
    }

    /// The certificate would be compared with the address of the proxy.
    @Test func aRelayByItsAddressNeedsAPin() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("https://[2001:db8::1]:8443", proxy: "http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {}
        #expect(failure.description.contains("--pin"))
        let pinned = try DialerUnderTest(
            "https://[2001:db8::1]:8443",
            proxy: "http://127.0.0.1:\(server.port)",
            trust: try RelayTrust(pin: TestCertificate.relayPin)
        )
        let refused = try await pinned.failure {
            _ = try await server.next()
            let peer = try await server.next()
            #expect(try await peer.request().hasPrefix("CONNECT [2001:db8::1]:8443 HTTP/1.1\r\n"))
            try await peer.startTLS(try TestCertificate.relay.serverContext())
            try await peer.sendRaw("HTTP/1.1 200 OK\r\n\r\n")
            _ = try await peer.request()
            peer.refuse("401 Unauthorized", "why")
        }
        #expect(refused.reason == .refused, "\(refused)")
        await server.stop()
    }
}

extension StubPeer {
    /// Sends bytes below TLS, as the proxy that it is until then.
    func sendRaw(_ text: String) async throws {
        let channel = self.channel
        try await channel.eventLoop.submit {
            let first = try channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            first.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
        }.get()
    }
}
