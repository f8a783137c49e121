import NIOCore
import TestSupport
import Testing

extension Faults {
    /// Whose word about a client's address counts, without a proxy between that could be to blame.
    @Suite(.showingLogs)
    struct ClientAddressTests {
        private static func version2(_ last: UInt8) -> [UInt8] {
            [
                13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12, 198, 51, 100, last, 127, 0, 0, 1, 1,
                2, 3, 4,
            ]
        }

        @Test func aTrustedProxysWord() async throws {
            let relay = try await RelayUnderTest.start(["--trusted-proxies", "127.0.0.2/32,10.0.0.0/8"])
            let key = try await relay.createKey(networks: ["198.51.100.7"])
            let caller = try relay.caller(key: key.secret)
            let ask = { (source: String, value: String) in
                try await caller.from(source).get("/v1/models", headers: [("x-forwarded-for", value)]).status
            }
            let trusted = try await [
                ask("127.0.0.2", "198.51.100.7"), ask("127.0.0.2", "9.9.9.9, 198.51.100.7, 10.1.2.3"),
                ask("127.0.0.2", "198.51.100.7, 9.9.9.9"), ask("127.0.0.1", "198.51.100.7"),
                ask("127.0.0.2", "198.51.100.7, rubbish"),
            ]
            #expect(trusted == [200, 200, 403, 403, 403])
            await relay.stop()
        }

        /// The metrics name every deployment, also one that exists for its owner only.
        @Test(arguments: [[], ["--metrics-networks", "198.51.100.0/24,2001:db8::/32"]])
        func metricsAreForTheirNetworks(flags: [String]) async throws {
            let relay = try await RelayUnderTest.start(["--trusted-proxies", "127.0.0.1"] + flags)
            try await relay.createDeployment("secret-lab")
            let caller = try relay.caller(key: nil)
            let ask = { (client: String) in
                let answer = try await caller.get("/metrics", headers: [("x-forwarded-for", client)])
                #expect(answer.text.contains("secret-lab") == (answer.status == 200))
                return answer.status
            }
            let seen = try await [
                ask("127.0.0.7"), ask("::1"), ask("198.51.100.7"), ask("2001:db8::7"), ask("203.0.113.7"),
                ask("rubbish, 203.0.113.7"),
            ]
            #expect(seen == (flags.isEmpty ? [200, 200, 404, 404, 404, 404] : [404, 404, 200, 200, 404, 404]))
            await relay.stop()
        }

        /// Who guesses keys is slowed, and not who shares the proxy.
        @Test func wrongKeysAreCountedByTheClient() async throws {
            let relay = try await RelayUnderTest.start(["--trusted-proxies", "127.0.0.1"])
            let key = try await relay.createKey()
            let wrong = try relay.caller(key: "sk-adit-wrong")
            var statuses: [Int] = []
            for _ in 0..<130 {
                let answer = try await wrong.get("/v1/models", headers: [("x-forwarded-for", "198.51.100.7")])
                statuses.append(answer.status)
            }
            // One is let in now and then while they come.
            #expect(statuses.count { $0 == 429 } > 10)
            #expect(try await wrong.get("/v1/models", headers: [("x-forwarded-for", "198.51.100.8")]).status == 401)
            let good = try relay.caller(key: key.secret)
            #expect(try await good.get("/v1/models", headers: [("x-forwarded-for", "198.51.100.7")]).status == 200)
            await relay.stop()
        }

        /// Whoever guesses tunnel tokens is slowed; a good one comes in all the same.
        @Test func wrongTunnelTokens() async throws {
            let relay = try await RelayUnderTest.start()
            let token = try await relay.createToken("any")
            let fields = [
                ("connection", "Upgrade"), ("upgrade", "adit-tunnel-1"), ("adit-session", "s"),
                ("adit-generation", "1"),
            ]
            let target = "/.well-known/adit/tunnel"
            let wrong = try relay.caller(key: "tt-adit-" + String(repeating: "A", count: 43))
            var statuses: [Int] = []
            for _ in 0..<130 { statuses.append(try await wrong.get(target, headers: fields).status) }
            #expect(statuses.first == 401 && statuses.count { $0 == 429 } > 10)
            let good = try relay.caller(key: token.secret)
            let connection = try await good.connect()
            try await connection.send(good.head("GET", target, headers: fields))
            let head = try await withDeadline(20, "the tunnel opens") { try await connection.received.next() }
            #expect(head.map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 101 ") == true)
            connection.leave()
            await relay.stop()
        }

        @Test func aProxyHeaderBeforeTLS() async throws {
            let relay = try await RelayUnderTest.start(["--trusted-proxies", "127.0.0.2", "--proxy-protocol-listen"])
            let key = try await relay.createKey(networks: ["198.51.100.7"])
            var caller = try relay.caller(key: key.secret).from("127.0.0.2")
            caller.preface = Self.version2(7)
            #expect(try await caller.get("/v1/models").status == 200)
            caller.preface = Array("PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n".utf8)
            #expect(try await caller.get("/v1/models").status == 200)
            caller.preface = Self.version2(8)
            let other = try await caller.get("/v1/models")
            #expect(other.status == 403 && other.text.contains("198.51.100.8"), "\(other.text)")
            // Who is not trusted needs none, and is not believed.
            let plain = try relay.caller(key: key.secret)
            let direct = try await plain.get("/v1/models")
            #expect(direct.status == 403 && direct.text.contains("127.0.0.1"), "\(direct.text)")
            var liar = plain
            liar.preface = Self.version2(7)
            await #expect(throws: (any Error).self) { try await liar.get("/v1/models") }
            // Who is trusted must send one.
            caller.preface = []
            let silent = caller
            await #expect(throws: (any Error).self) { try await silent.get("/v1/models") }
            await relay.stop()
        }
    }
}
