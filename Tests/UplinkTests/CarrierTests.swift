import NIOCore
import NIOHTTP1
import Testing
import TunnelTransport

@testable import Uplink

/// The carrier that goes through: found out, remembered.
struct CarrierTests {
    @Test func theConnectionAsItIsComesFirst() {
        #expect(CarrierMemory(.auto).order == [.upgrade, .websocket])
        #expect(CarrierMemory(.auto, proven: .websocket).order == [.websocket, .upgrade])
        #expect(CarrierMemory(.upgrade, proven: .websocket).order == [.upgrade])
        #expect(CarrierMemory(.websocket).order == [.websocket])
    }

    @Test func whatWorkedIsRemembered() {
        var memory = CarrierMemory(.auto)
        let isNews = [memory.worked(.websocket), memory.worked(.websocket), memory.worked(.upgrade)]
        #expect(isNews == [true, false, true])
        #expect(memory.order == [.upgrade, .websocket])
    }

    @Test func whatBreaksTwiceBeforeAWordMakesPlaceForTheOther() {
        var memory = CarrierMemory(.auto)
        var firsts: [Carrier] = []
        for _ in 0..<6 {
            memory.broke(memory.order[0])
            firsts.append(memory.order[0])
        }
        #expect(firsts == [.upgrade, .websocket, .websocket, .upgrade, .upgrade, .websocket])
        _ = memory.worked(.websocket)
        memory.broke(.websocket)
        #expect(memory.order == [.websocket, .upgrade])
    }

    /// The example of RFC 6455 §1.3.
    @Test func theAnswerToAKey() {
        let key = WebSocketKey(bytes: Array("the sample nonce".utf8))
        #expect(key.text == "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(key.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        var headers: HTTPHeaders = [
            "upgrade": "WebSocket", "sec-websocket-accept": key.accept, "sec-websocket-protocol": "adit-tunnel-1",
        ]
        let isGranted = { key.isGranted(HTTPResponseHead(version: .http1_1, status: $0, headers: headers)) }
        #expect(isGranted(.switchingProtocols))
        #expect(!isGranted(.ok))
        headers.replaceOrAdd(name: "sec-websocket-protocol", value: "chat")
        #expect(!isGranted(.switchingProtocols))
        headers.replaceOrAdd(name: "sec-websocket-protocol", value: "adit-tunnel-1")
        headers.replaceOrAdd(name: "sec-websocket-accept", value: "s3pPLMBiTxaQ9kYGzzhZRbK+xOp=")
        #expect(!isGranted(.switchingProtocols))
    }

    /// What something on the way says or does in place of passing the upgrade.
    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 3\r\n\r\nno!",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n", "",
        "rubbish\r\n\r\n",
        "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 28\r\n\r\n{\"error\":{\"message\":\"why\"}}\n",
    ])
    func theOtherCarrierIsTriedAtOnce(_ answer: String) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)", carrier: .auto)
        async let dialled = dialer.dial(generation: 42)
        let first = try await server.next()
        #expect(try await first.request().contains("upgrade: adit-tunnel-1\r\n"))
        first.send(answer)
        first.close()
        let second = try await server.next()
        let request = try await second.request()
        #expect(request.contains("upgrade: websocket\r\n"))
        #expect(request.contains("sec-websocket-version: 13\r\n"))
        #expect(request.contains("sec-websocket-protocol: adit-tunnel-1\r\n"))
        #expect(request.contains("adit-generation: 42\r\n"))
        let relay = FakeRelay()
        try await second.welcome(relay, webSocketKey: request.firstMatch(of: /sec-websocket-key: (\S+)/)?.1)
        let sight = try await dialled
        try await sight.waits(for: "the relay's welcome") { $0.messages == [FakeRelay.welcome] }
        try await relay.use { $0.close(reason: "enough") }
        try await sight.waits(for: "the end") { $0.closure == "enough" }
        await server.stop()
    }

    /// What the relay itself says is not tried otherwise.
    @Test(arguments: ["401 Unauthorized", "403 Forbidden", "409 Conflict", "503 Busy", "500 Oh", "502 Away"])
    func theRelaysWordCounts(_ status: String) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)", carrier: .auto)
        let failure = try await dialer.failure {
            let peer = try await server.next()
            _ = try await peer.request()
            peer.refuse(status, "why")
        }
        #expect(failure.step == .upgrade)
        #expect(server.connections == 1)
        await server.stop()
    }

    /// Both ways are closed: the first one says more, unless the relay itself speaks on the second.
    @Test(arguments: [
        ("HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n", "answered HTTP 400"),
        ("HTTP/1.1 404 Nothing\r\ncontent-length: 0\r\n\r\n", "answered HTTP 400"),
        (
            "HTTP/1.1 401 No\r\nrequest-id: req_0123456789abcdef01234567\r\ncontent-length: 27\r\n\r\n{\"error\":{\"message\":\"why\"}}",
            "does not accept the tunnel token (HTTP 401): why"
        ),
    ])
    func bothCarriersFail(second: String, words: String) async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("http://127.0.0.1:\(server.port)", carrier: .auto)
        let failure = try await dialer.failure {
            for answer in ["HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n", second] {
                let peer = try await server.next()
                _ = try await peer.request()
                peer.send(answer)
            }
        }
        #expect(failure.description.contains(words), "\(failure)")
        await server.stop()
    }
}
