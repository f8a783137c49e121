import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Bytes that are no proper request: a clear error or a closed connection, and the relay keeps serving.
    @Suite(.stand(relay: ["--timeouts-body", "2s", "--timeouts-keep-alive", "2s", "--timeouts-header", "2s"]))
    struct BadInputTests {
        /// Bytes to send, with `KEY` for a good key.
        struct Shape: Sendable, CustomTestStringConvertible {
            var name: String
            var bytes: String

            var testDescription: String { self.name }
        }

        private static let chat = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\n"
        private static let smuggled = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"

        static let shapes = [
            Shape(name: "no request at all", bytes: "hello\r\n\r\n"),
            Shape(name: "binary", bytes: "\u{0}\u{1}\u{2}\u{3}\u{7f}\r\n\r\n"),
            Shape(name: "a request line without a version", bytes: "GET /healthz\r\nhost: x\r\n\r\n"),
            Shape(name: "an unknown version", bytes: "GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n"),
            Shape(name: "an HTTP/2 preface where HTTP/1.1 was agreed", bytes: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Shape(name: "a space in a field name", bytes: "GET /healthz HTTP/1.1\r\nhost : x\r\n\r\n"),
            Shape(name: "a bare CR in a field", bytes: "GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n"),
            Shape(name: "a NUL in a field", bytes: "GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\u{0}b\r\n\r\n"),
            Shape(name: "a folded field", bytes: chat + "x: a\r\n b\r\ncontent-length: 0\r\n\r\n"),
            Shape(name: "a header without an end", bytes: "GET /healthz HTTP/1.1\r\nhost: x\r\n"),
            Shape(
                name: "an endless header",
                bytes: chat + String(repeating: "x-filler: \(String(repeating: "x", count: 8000))\r\n", count: 40)
            ),
            Shape(name: "an endless field", bytes: chat + "x-filler: \(String(repeating: "x", count: 400_000))"),
            Shape(name: "an endless target", bytes: "GET /\(String(repeating: "x", count: 400_000))"),
            Shape(
                name: "length and chunks",
                bytes: chat + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
            ),
            Shape(
                name: "chunks and length",
                bytes: chat + "transfer-encoding: chunked\r\ncontent-length: 60\r\n\r\n0\r\n\r\n" + smuggled
            ),
            Shape(name: "two lengths", bytes: chat + "content-length: 0\r\ncontent-length: 40\r\n\r\n" + smuggled),
            Shape(name: "a list of lengths", bytes: chat + "content-length: 0, 40\r\n\r\n" + smuggled),
            Shape(name: "a negative length", bytes: chat + "content-length: -1\r\n\r\n" + smuggled),
            Shape(name: "a length with a sign", bytes: chat + "content-length: +2\r\n\r\n{}" + smuggled),
            Shape(
                name: "a length beyond 64 bits",
                bytes: chat + "content-length: 99999999999999999999999\r\n\r\n" + smuggled
            ),
            Shape(name: "an unknown coding", bytes: chat + "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled),
            Shape(
                name: "a coding after chunked",
                bytes: chat + "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled
            ),
            Shape(
                name: "chunks announced twice",
                bytes: chat + "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n" + smuggled
            ),
            Shape(
                name: "a chunk size beyond 64 bits",
                bytes: chat + "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}"
            ),
            Shape(name: "a huge chunk size", bytes: chat + "transfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\n{}"),
            Shape(
                name: "a negative chunk size",
                bytes: chat + "transfer-encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n"
            ),
            Shape(
                name: "a chunk longer than its size",
                bytes: chat + "transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"
            ),
            Shape(
                name: "half a body",
                bytes: chat + "content-type: application/json\r\ncontent-length: 50\r\n\r\n{\"mo"
            ),
        ]

        @Test(arguments: Self.shapes)
        func aBrokenRequest(shape: Shape) async throws {
            let stand = try Stand.lent
            let connection = try await stand.caller.connect()
            // The relay may close while the rest is still being sent.
            try? await connection.send(shape.bytes.replacing("KEY", with: stand.key.secret))
            let said = try await withDeadline(20, "«\(shape.name)» is refused or cut off") {
                var said = ""
                while let bytes = try await connection.received.next() { said += String(buffer: bytes) }
                return said
            }
            let answers = said.split(separator: "HTTP/1.1 ")
            #expect(answers.count <= 1, "\(said)")
            if let first = answers.first {
                let status = Int(first.prefix(3)) ?? 0
                #expect((400...431).contains(status) || [501, 505].contains(status), "\(said)")
                #expect(said.contains(#"{"error":{"message":"#), "\(said)")
            }
            #expect(!said.contains("smuggled"))
            #expect(try await stand.caller.get("/healthz").status == 200)
        }

        @Test(arguments: [
            ("/healthz", ""), ("/healthz", "host: a\r\nhost: b\r\n"), ("/healthz", "Host: a\r\nhost: a\r\n"),
            ("/v1/chat/completions", ""),
        ])
        func aRequestThatNamesNoHostOrTwo(path: String, hosts: String) async throws {
            let connection = try await Stand.lent.caller.connect()
            try await connection.send("POST \(path) HTTP/1.1\r\n\(hosts)content-length: 0\r\n\r\n")
            let answer = try await withDeadline(20, "an answer") {
                try await ComingAnswer(connection: connection).whole()
            }
            Refusal.badRequest.expect(answer)
            #expect(answer.head["connection"] == "close")
            #expect(answer.text.contains("«Host»"))
        }

        @Test(arguments: ["FOO", "get", "POSTX"])
        func aMethodThatNobodyKnows(method: String) async throws {
            let answer = try await Stand.lent.caller.ask(method, "/v1/chat/completions")
            Refusal.wrongMethod.expect(answer)
            #expect(answer.head["allow"] == "GET, HEAD, POST, DELETE, OPTIONS")
            #expect(answer.text.contains("method"))
        }

        @Test func anAbsoluteTargetIsUnderstood() async throws {
            let caller = try Stand.lent.caller
            #expect(try await caller.get("https://127.0.0.1:\(caller.port)/healthz").status == 200)
            #expect(try await caller.get("http://elsewhere.example/v1/models").status == 200)
            #expect(try await caller.get("http://elsewhere.example?key=x").status == 400)
        }

        @Test(arguments: [
            "/v1/models/%", "/v1/models/%zz", "/v1/models/%ff", "/%2e%2e/x", "//v1/models", "/v1/../healthz",
        ])
        func aCuriousTarget(target: String) async throws {
            Refusal.unknownRoute.expect(try await Stand.lent.caller.get(target))
        }

        @Test func deeplyNestedJSON() async throws {
            let stand = try Stand.lent
            for depth in [200, 100_000] {
                let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                async let coming = stand.caller.post(
                    "/v1/chat/completions",
                    Stand.chat("x", #","deep":\#(deep),"script":"ok""#)
                )
                stand.upstream.script("ok") { try await $0.answer(UpstreamCall.chat("yes")) }
                // Either it passes or it is refused; it must not cost the relay its life.
                _ = try? await coming
                try await stand.expectServing()
            }
        }

        @Test func ahundredConnectionsThatSayNothing() async throws {
            let stand = try Stand.lent
            var connections: [WireConnection] = []
            for _ in 0..<100 { connections.append(try await stand.caller.connect()) }
            try await stand.expectServing()
            for connection in connections {
                try await connection.closed.wait(within: 20, "a silent connection is closed")
            }
        }

        @Test func plainHTTPOnTheTLSPort() async throws {
            let stand = try Stand.lent
            let plain = try HTTPCaller(port: stand.relay.port, authority: nil)
            let connection = try await plain.connect()
            try? await connection.send(plain.head("GET", "/healthz"))
            try await connection.closed.wait(within: 20, "the connection is closed")
            try await stand.expectServing()
        }

        @Test func aTunnelForACaller() async throws {
            let stand = try Stand.lent
            let fields = [
                ("connection", "Upgrade"), ("upgrade", "adit-tunnel-1"), ("adit-session", "x"),
                ("adit-generation", "1"),
            ]
            let target = "/.well-known/adit/tunnel"
            // A caller's key opens no tunnel, and no token at all neither.
            #expect(try await stand.caller.get(target, headers: fields).status == 401)
            #expect(try await stand.caller.with(key: nil).get(target, headers: fields).status == 401)
            let plain = try await stand.caller.with(key: stand.token.secret).get(target)
            #expect((400...426).contains(plain.status), "\(plain.text)")
        }

        @Test func rubbishInsideATunnel() async throws {
            let stand = try Stand.lent
            let caller = stand.caller.with(key: stand.token.secret)
            let fields = [
                ("connection", "Upgrade"), ("upgrade", "adit-tunnel-1"), ("adit-session", "rubbish"),
                ("adit-generation", "1"), ("adit-version", "test/1"),
            ]
            let connection = try await caller.connect()
            try await connection.send(caller.head("GET", "/.well-known/adit/tunnel", headers: fields))
            let first = try await withDeadline(10, "the tunnel opens") { try await connection.received.next() }
            #expect(first.map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 101 ") == true)
            try? await connection.send(String(repeating: "rubbish", count: 3000))
            try await connection.closed.wait(within: 20, "the tunnel is closed")
            try await stand.expectServing()
        }
    }
}
