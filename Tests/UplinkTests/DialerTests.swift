import Foundation
import NIOCore
import NIOPosix
import Testing
import TunnelTransport

@testable import Uplink

/// The upgrade: what the relay is asked, and what its answers lead to.
struct DialerTests {
    @Test func theRelayLetsTheConnectorIn() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        async let dialled = dialer.dial(generation: 42)
        let peer = try await server.next()
        let lines = try await peer.request().components(separatedBy: "\r\n")
        #expect(lines.first == "GET /.well-known/adit/tunnel HTTP/1.1")
        #expect(
            Set(lines.dropFirst().map { $0.lowercased() }.filter { !$0.isEmpty }) == [
                "host: 127.0.0.1:\(server.port)", "connection: upgrade", "upgrade: adit-tunnel-1",
                "authorization: bearer \(DialerUnderTest.token.lowercased())", "adit-session: session",
                "adit-generation: 42", "adit-version: adit-connector/test",
            ]
        )
        let relay = FakeRelay()
        try await peer.welcome(relay)
        let sight = try await dialled
        try await sight.waits(for: "the relay's welcome") { $0.messages == [FakeRelay.welcome] }
        try await relay.use { $0.close(reason: "enough") }
        try await sight.waits(for: "the end") { $0.closure == "enough" }
        await server.stop()
    }

    /// The relay's first frames may come with its answer, cut anywhere.
    @Test(arguments: 0..<8)
    func bytesBehindTheAnswerAreTheTunnels(_ cut: Int) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        async let dialled = dialer.dial()
        let peer = try await server.next()
        _ = try await peer.request()
        // A record that no tunnel begins with, so that the connector says what it made of it.
        let bytes = StubPeer.switching.utf8 + [4, 0x10, 0x40, 0x80, 0]
        let position = StubPeer.switching.utf8.count - 3 + cut
        try await peer.channel.writeAndFlush(ByteBuffer(bytes: bytes[..<position]))
        try await peer.channel.writeAndFlush(ByteBuffer(bytes: bytes[position...]))
        let sight = try await dialled
        let end = try await sight.waits(for: "the end") { $0.closure != nil }
        #expect(end.closure?.contains("transport error") == true, "\(end.closure ?? "")")
        await server.stop()
    }

    @Test(arguments: [
        Refusal("401 Unauthorized", reason: .refused, "does not accept the tunnel token (HTTP 401): why"),
        Refusal("403 Forbidden", reason: .refused, "does not accept the tunnel token (HTTP 403): why"),
        Refusal("409 Conflict", reason: .outdated, "knows a newer tunnel of this session: why"),
        Refusal(
            "426 Upgrade Required",
            reason: .unreachable,
            "wants another version of the tunnel: why. Use a connector and a relay of the same release; or something "
                + "in between does not pass upgrades"
        ),
        Refusal("429 Too Many", reason: .busy(retryAfter: nil), "takes no tunnel now (HTTP 429): why"),
        Refusal(
            "503 Busy",
            headers: ["Retry-After: 17"],
            reason: .busy(retryAfter: 17),
            "takes no tunnel now (HTTP 503): why"
        ),
        Refusal(
            "503 Busy",
            headers: ["retry-after: Fri, 31 Dec 1999 23:59:59 GMT"],
            reason: .busy(retryAfter: nil),
            "takes no tunnel now (HTTP 503): why"
        ),
        Refusal("500 Oh", reason: .unreachable, "answered HTTP 500 in place of opening a tunnel: why"),
        Refusal("200 OK", reason: .unreachable, "answered HTTP 200 in place of opening a tunnel: why"),
    ])
    func theRelayRefuses(_ refusal: Refusal) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.refuse(refusal.status, "why", headers: refusal.headers)
            try await peer.closed()
        }
        #expect(failure.step == .upgrade)
        #expect(failure.reason == refusal.reason)
        #expect(failure.description == "http://127.0.0.1:\(server.port) " + refusal.words)
        await server.stop()
    }

    /// What else may answer at a mistyped address, or stand before the relay.
    @Test(arguments: [
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnope",
            "answered HTTP 404 in place of opening a tunnel. Check"
        ),
        (
            "HTTP/1.1 404 Not Found\r\n\r\n{\"error\":{\"message\":\"File Not Found\"}}",
            "answered HTTP 404 in place of opening a tunnel: File Not Found. Check"
        ),
        // llama.cpp and LM Studio, which want a key of their own.
        (
            "HTTP/1.1 401 No\r\n\r\n{\"error\":{\"code\":401,\"message\":\"Invalid API Key\",\"type\":\"authentication_error\"}}",
            "answered HTTP 401 in place of opening a tunnel: Invalid API Key. Check that it is the address of an Adit relay"
        ),
        (
            "HTTP/1.1 401 No\r\nrequest-id: req_011CSHoEeqs5C35K2UUqR7Fy\r\n\r\n{\"error\":{\"message\":\"no key\"}}",
            "answered HTTP 401 in place of opening a tunnel: no key. Check that it is the address of an Adit relay"
        ),
        ("HTTP/1.1 502 Bad\r\n\r\n<html>", "answered HTTP 502 in place of opening a tunnel. Check"),
        ("HTTP/1.1 401 No\r\ncontent-length: 90\r\n\r\n{\"error\":", "does not accept the tunnel token (HTTP 401)"),
        (
            "HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            "upgraded to something that is no tunnel"
        ),
        ("HTTP/1.1 101 Go\r\n\r\n", "upgraded to something that is no tunnel"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "closed the connection or does not speak HTTP. Check"),
        ("HTTP/2 200\r\n\r\n", "closed the connection or does not speak HTTP. Check"),
        ("\u{15}\u{3}\u{1}\0\u{2}\u{2}F", "closed the connection or does not speak HTTP. Check"),
        ("", "closed the connection or does not speak HTTP. Check"),
        ("HTTP/1.1 500 Oh\r\nx: ", "closed the connection or does not speak HTTP. Check"),
        (
            "HTTP/1.1 400 x\r\n\r\n{\"error\":{\"message\":\"a\\n\\u001b[31mb\"}}",
            "answered HTTP 400 in place of opening a tunnel: a  [31mb"
        ),
    ])
    func whatIsNoRelay(answer: String, words: String) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.send(answer)
            peer.close()
        }
        #expect(failure.step == .upgrade)
        #expect(failure.description.hasPrefix("http://127.0.0.1:\(server.port) " + words), "\(failure)")
        #expect(!failure.description.contains { $0.isNewline || $0 == "\u{1b}" })
        await server.stop()
    }

    @Test func anAnswerWithoutEndIsNotReadToIt() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.send("HTTP/1.1 500 Oh\r\ncontent-length: 99999999\r\n\r\n" + String(repeating: "x", count: 100_000))
            try await peer.closed()
        }
        #expect(failure.description.contains("HTTP 500"))
        await server.stop()
    }

    @Test func informationalAnswersArePassedOver() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.send("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
            peer.refuse("401 Unauthorized", "why")
        }
        #expect(failure.reason == .refused)
        await server.stop()
    }

    @Test func aRelayThatDoesNotAnswer() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)", patience: .milliseconds(50))
        let failure = try await dialer.failure {
            try await server.next().closed()
        }
        #expect(failure.step == .upgrade)
        #expect(failure.description == "http://127.0.0.1:\(server.port) did not answer in time")
        await server.stop()
    }

    @Test func nobodyListens() async throws {
        let server = try await StubServer.start()
        await server.stop()
        let failure = try await DialerUnderTest("http://127.0.0.1:\(server.port)").failure {}
        #expect(failure.step == .connect)
        #expect(
            failure.description
                == "http://127.0.0.1:\(server.port) refuses connections: nothing listens there"
        )
    }

    @Test func aNameThatDoesNotExist() async throws {
        let failure = try await DialerUnderTest("https://relay.invalid").failure {}
        #expect(failure.step == .connect)
        #expect(
            failure.description
                == "the name «relay.invalid» cannot be resolved. Check the address of https://relay.invalid"
        )
    }

    /// A relay that falls behind: what it has not been sent yet stays where it can be merged, not in the kernel.
    @Test func theSocketTakesLittleThatIsNotSent() async throws {
        let peers = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_rcvbuf), value: 65_536)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(peers.localAddress?.port)
        let dialer = try DialerUnderTest("http://127.0.0.1:\(port)")
        let channel = try await dialer.dialer.connect(on: dialer.eventLoop)
        let written = 16 << 20
        channel.writeAndFlush(ByteBuffer(repeating: 0, count: written), promise: nil)
        let waiting = try await channel.getOption(.bufferedWritableBytes).get()
        #expect(written - waiting > 0)
        // What was sent, and what may wait to be; left to itself the kernel takes several times as much.
        #expect(written - waiting < 1 << 20)
        try await channel.close()
        try await peers.close()
    }

    /// At whatever step: the dial ends at once, and its connection with it.
    @Test(arguments: [true, false])
    func aDialThatIsCancelled(afterRequest: Bool) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)")
        let dial = Task { try await dialer.dial() }
        if afterRequest {
            let peer = try await server.next()
            _ = try await peer.request()
            dial.cancel()
            try await peer.closed()
        } else {
            dial.cancel()
        }
        await #expect(throws: CancellationError.self) { _ = try await dial.value }
        await server.stop()
    }
}

/// An answer of the relay, and what the connector makes of it.
struct Refusal: Sendable, CustomTestStringConvertible {
    var status: String
    var headers: [String]
    var reason: Reconnect.Reason
    var words: String

    init(_ status: String, headers: [String] = [], reason: Reconnect.Reason, _ words: String) {
        self.status = status
        self.headers = headers
        self.reason = reason
        self.words = words
    }

    var testDescription: String { ([self.status] + self.headers).joined(separator: ", ") }
}
