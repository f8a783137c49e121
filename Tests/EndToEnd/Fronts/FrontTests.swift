import TestSupport
import Testing

extension Faults {
    /// Behind the reverse proxies of `deploy/`.
    @Suite(.showingLogs)
    struct FrontTests {
        /// Those that this machine has.
        static let kinds = FrontProgram.Kind.allCases.filter { FrontProgram.path(of: $0) != nil }

        private static func with(
            _ kind: FrontProgram.Kind,
            relay: [String] = [],
            changing changes: [(String, String)] = [],
            _ body: @escaping @Sendable (Stand, HTTPCaller) async throws -> Void
        ) async throws {
            var plan = Stand.Plan()
            plan.relay = ["--listen-plain", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1"] + relay
            plan.front = { try await FrontProgram.start(kind, before: $0, changing: changes) }
            try await Stand.with(plan) { stand in
                let port = try #require(stand.front).port
                try await body(
                    stand,
                    try HTTPCaller(port: port, authority: stand.relay.authority, key: stand.key.secret)
                )
            }
        }

        /// Tunnel, calls and streams, over HTTP/1.1 and HTTP/2; nothing is held back; who leaves is gone.
        @Test(arguments: kinds)
        func everythingPasses(_ kind: FrontProgram.Kind) async throws {
            try await Self.with(kind) { stand, caller in
                let (_, answer) = try await stand.exchange(Stand.chat(), key: caller) {
                    try await $0.answer(UpstreamCall.chat("yes"))
                }
                #expect(answer.status == 200)

                // The first word is there before the model says the second.
                let (call, coming) = try await stand.streaming(caller)
                try await call.send(event: UpstreamCall.words("second"))
                _ = try await withDeadline(20, "the second word arrives") { try await coming.text(until: "\n\n") }
                coming.connection.leave()
                try await call.disconnected.wait(within: 20, "the model stops")

                let second = try await HTTP2Caller.connect(
                    port: caller.port,
                    authorityFile: stand.relay.authority,
                    key: stand.key.secret
                )
                let stream = try await second.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
                let streamed = try await stand.upstream.nextCall()
                try await streamed.stream(["one", "two"])
                let text = try await withDeadline(20, "the stream ends") { try await stream.whole().text }
                #expect(try EventStream(text).content == "onetwo")

                // 20 MiB, as large bodies come.
                let body = Stand.chat(String(repeating: "long ", count: 4 << 20))
                let (large, _) = try await stand.exchange(body, key: caller) {
                    try await $0.answer(UpstreamCall.chat("read"))
                }
                #expect(large.body.count > 20 << 20)

                // The tunnel's own upgrade passes: no WebSocket was needed.
                #expect(!stand.connector.program.logText.contains("WebSockets"))
            }
        }

        @Test(arguments: kinds)
        func aWebSocketPassesToo(_ kind: FrontProgram.Kind) async throws {
            try await Self.with(kind) { stand, caller in
                let connector = try await ConnectorUnderTest.start(
                    relay: stand.relay,
                    at: stand.front?.url,
                    token: stand.token.secret,
                    upstream: stand.upstream.url,
                    flags: ["--carrier", "websocket"]
                )
                await stand.connector.stop()
                let (_, answer) = try await stand.exchange(Stand.chat(), key: caller) {
                    try await $0.answer(UpstreamCall.chat("yes"))
                }
                #expect(answer.status == 200)
                let socket = try await SocketCaller.open(caller)
                socket.wire.leave()
                await connector.stop()
            }
        }

        /// The proxy uses its connections again: one that asked for a WebSocket in vain serves somebody else next.
        @Test(arguments: kinds)
        func aRefusedWebSocketHarmsNobody(_ kind: FrontProgram.Kind) async throws {
            try await Self.with(kind) { stand, caller in
                stand.upstream.script("next") { try await $0.answer(UpstreamCall.chat("yes")) }
                for _ in 0..<10 {
                    let wrong = caller.with(key: "sk-adit-wrong")
                    let refused = try await wrong.get("/v1/responses", headers: SocketCaller.headers)
                    #expect(refused.status == 401)
                    let body = Stand.chat("x", #","script":"next""#)
                    let answer = try await caller.post("/v1/chat/completions", body)
                    #expect(answer.status == 200)
                }
            }
        }

        /// The relay knows its callers by their addresses, whatever they say of themselves.
        @Test(arguments: kinds)
        func theClientsAddress(_ kind: FrontProgram.Kind) async throws {
            try await Self.with(kind) { stand, caller in
                let key = try await stand.relay.createKey(networks: ["127.0.0.2"])
                let caller = caller.with(key: key.secret)
                #expect(try await caller.from("127.0.0.2").get("/v1/models").status == 200)
                #expect(try await caller.get("/v1/models").status == 403)
                let lie = [("x-forwarded-for", "127.0.0.2")]
                let answer = try await caller.get("/v1/models", headers: lie)
                #expect(answer.status == 403)
                #expect(answer.text.contains("127.0.0.1"), "\(answer.text)")
            }
        }

        /// The metrics name deployments that are nobody's business: the relay shows them behind the proxy, and the proxy nobody.
        @Test(arguments: kinds)
        func metricsStayBehindTheProxy(_ kind: FrontProgram.Kind) async throws {
            try await Self.with(kind, relay: ["--metrics-networks", "0.0.0.0/0"]) { stand, caller in
                #expect(try await stand.caller.get("/metrics").status == 200)
                for target in ["/metrics", "/metrics?x=y", "//metrics", "/%6Detrics", "/x/../metrics"] {
                    let answer = try await caller.get(target)
                    #expect(!answer.text.contains("adit_"), "\(target): \(answer.text)")
                    #expect(answer.status == 404 || answer.status == 400, "\(target): \(answer.status)")
                }
            }
        }

        /// HAProxy says the address in the PROXY protocol, before everything else.
        @Test(arguments: kinds.filter { $0 == .haproxy })
        func theProxyProtocol(_ kind: FrontProgram.Kind) async throws {
            let changes = [
                ("    http-request set-header X-Forwarded-For %[src]\n", ""),
                ("\n    server adit ", "\n    default-server send-proxy-v2\n    server adit "),
            ]
            try await Self.with(kind, relay: ["--proxy-protocol-listen-plain"], changing: changes) { stand, caller in
                let key = try await stand.relay.createKey(networks: ["127.0.0.3"])
                let restricted = caller.with(key: key.secret)
                #expect(try await restricted.from("127.0.0.3").get("/v1/models").status == 200)
                #expect(try await restricted.get("/v1/models").status == 403)
                let (_, answer) = try await stand.exchange(Stand.chat(), key: caller) {
                    try await $0.answer(UpstreamCall.chat("yes"))
                }
                #expect(answer.status == 200)
            }
        }
    }
}
