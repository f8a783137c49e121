import NIOCore
import TestSupport
import Testing

extension Faults {
    /// Ways on which the tunnel's own upgrade does not pass, and WebSockets do.
    @Suite(.showingLogs)
    struct CarrierTests {
        private static func with(
            _ manner: StrippingProxy.Manner,
            connector: [String] = [],
            _ body: @escaping @Sendable (Stand, StrippingProxy) async throws -> Void
        ) async throws {
            var plan = Stand.Plan()
            plan.relay = ["--listen-plain", "127.0.0.1:0"]
            plan.connector = connector
            plan.front = { try await StrippingProxy.start(manner, to: $0.plainPort) }
            try await Stand.with(plan) { stand in
                try await body(stand, try #require(stand.front as? StrippingProxy))
            }
        }

        @Test(arguments: StrippingProxy.Manner.allCases)
        func theConnectorFindsTheCarrierThatPasses(_ manner: StrippingProxy.Manner) async throws {
            try await Self.with(manner) { stand, proxy in
                #expect(proxy.upgrades.first == "adit-tunnel-1")
                #expect(proxy.upgrades.contains("websocket"))
                try await stand.expectServing()

                // A long answer in many pieces, and a caller that leaves.
                let pieces = (0..<400).map { "piece \($0) " + String(repeating: "x", count: $0 * 7) }
                let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
                let call = try await stand.upstream.nextCall()
                try await call.begin()
                for piece in pieces { try await call.send(event: UpstreamCall.words(piece)) }
                try await call.finishStream()
                let answer = try await withDeadline(60, "the stream ends") { try await coming.whole() }
                let stream = try EventStream(answer.text)
                #expect(stream.content == pieces.joined())
                #expect(stream.isDone)
                let (left, leaving) = try await stand.streaming()
                leaving.connection.leave()
                try await left.disconnected.wait(within: 30, "the upstream's connection is closed")
            }
        }

        /// A body of many frames, through the relay's end that unmasks.
        @Test func largeAnswersBothWays() async throws {
            try await Self.with(.strips) { stand, _ in
                let text = String(repeating: "All work and no play. ", count: 100_000)
                let (call, answer) = try await stand.exchange(Stand.chat(text)) {
                    try await $0.answer(UpstreamCall.chat(text))
                }
                #expect(call.body.count > text.utf8.count)
                #expect(answer.status == 200 && answer.text.contains(text))
            }
        }

        @Test func whatPassesIsRememberedAcrossARestart() async throws {
            try await Self.with(.refuses) { stand, proxy in
                await stand.connector.stop()
                let before = proxy.upgrades.count
                try await stand.connector.startAgain()
                #expect(proxy.upgrades[before...].first == "websocket")
                #expect(!proxy.upgrades[before...].contains("adit-tunnel-1"))
                try await stand.expectServing()
            }
        }

        @Test func theSettingDecides() async throws {
            try await Self.with(.strips, connector: ["--carrier", "websocket"]) { stand, proxy in
                #expect(proxy.upgrades.allSatisfy { $0 == "websocket" })
                try await stand.expectServing()
                let connector = try await ConnectorUnderTest.start(
                    relay: stand.relay,
                    at: proxy.url,
                    token: stand.token.secret,
                    upstream: stand.upstream.url,
                    flags: ["--carrier", "upgrade"],
                    waits: false
                )
                try await eventually(within: 30, "the connector says why there is no tunnel") {
                    connector.program.logText.contains("something in between does not pass upgrades")
                }
                await connector.stop()
            }
        }

        /// A WebSocket needs the same token, and without the tunnel's name it leads nowhere.
        @Test func whoMayComeIn() async throws {
            try await Self.with(.strips) { stand, _ in
                let fields =
                    SocketCaller.headers + [
                        ("sec-websocket-protocol", "adit-tunnel-1"), ("adit-session", "x"), ("adit-generation", "1"),
                    ]
                let target = "/.well-known/adit/tunnel"
                let nameless = fields.filter { $0.0 != "sec-websocket-protocol" }
                let old = fields.map { ($0.0, $0.0 == "sec-websocket-version" ? "8" : $0.1) }
                let questions: [(key: String?, fields: [(String, String)], status: Int)] = [
                    (nil, fields, 401), (stand.key.secret, fields, 401), (stand.token.secret, nameless, 426),
                    (stand.token.secret, old, 426),
                ]
                for question in questions {
                    let answer = try await stand.caller.with(key: question.key).get(target, headers: question.fields)
                    #expect(answer.status == question.status, "\(answer.text)")
                }
            }
        }

        /// A proxy that keeps its connections asks for a tunnel on one that has carried calls.
        @Test(arguments: ["adit-tunnel-1", "websocket"])
        func anUpgradeBehindOtherRequests(_ upgrade: String) async throws {
            try await Self.with(.strips) { stand, _ in
                let caller = stand.caller.with(key: stand.token.secret)
                let connection = try await caller.connect()
                let answers = ComingAnswer(connection: connection)
                for _ in 0..<2 {
                    try await connection.send(caller.head("GET", "/healthz"))
                    #expect(try await answers.whole().status == 200)
                }
                // Nothing becomes of this one, and the connection stays.
                try await connection.send(caller.head("GET", "/healthz", headers: [("upgrade", "h2c")]))
                #expect(try await answers.whole().status == 200)
                let own = [
                    ("sec-websocket-protocol", "adit-tunnel-1"), ("adit-session", "s"), ("adit-generation", "1"),
                ]
                let asked = [("connection", "upgrade"), ("upgrade", upgrade)]
                let fields = SocketCaller.headers.filter { $0.0.hasPrefix("sec-") } + asked + own
                try await connection.send(caller.head("GET", "/.well-known/adit/tunnel", headers: fields))
                let head = try await withDeadline(20, "the tunnel opens") { try await connection.received.next() }
                let text = head.map { String(buffer: $0) } ?? ""
                #expect(text.hasPrefix("HTTP/1.1 101 "), "\(text)")
                connection.leave()
            }
        }

        /// What a hostile peer says inside of a tunnel's WebSocket ends its own connection and nothing else.
        @Test func aHostilePeer() async throws {
            let sayings: [[UInt8]] = [
                [0x82, 0x01, 0x00], [0xC2, 0x80, 0, 0, 0, 0], [0x81, 0x80, 0, 0, 0, 0], [0x80, 0x80, 0, 0, 0, 0],
                [0x82, 0xFF, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 1, 2, 3],
                [0x82, 0x85, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0], [0x88, 0x80, 0, 0, 0, 0],
            ]
            try await Self.with(.strips) { stand, _ in
                let caller = stand.caller.with(key: stand.token.secret)
                for bytes in sayings {
                    let connection = try await caller.connect()
                    let fields =
                        SocketCaller.headers + [
                            ("sec-websocket-protocol", "adit-tunnel-1"), ("adit-session", "hostile"),
                            ("adit-generation", "1"),
                        ]
                    try await connection.send(caller.head("GET", "/.well-known/adit/tunnel", headers: fields))
                    let first = try await withDeadline(10, "it opens") { try await connection.received.next() }
                    #expect(first.map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 101 ") == true)
                    try await connection.send(ByteBuffer(bytes: bytes))
                    try await connection.closed.wait(within: 30, "the tunnel is closed after \(bytes)")
                    try await stand.expectServing()
                }
            }
        }
    }
}
