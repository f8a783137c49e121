internal import Crypto
private import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The operator is told, by real programs over a real socket.
    @Suite
    struct AlertTests {
        @Test func aDeploymentIsOfflineAndComesBack() async throws {
            let receiver = try await WebhookReceiver.start([500, 204])
            let place = try TemporaryDirectory()
            try place.write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", to: "secret")
            var plan = Stand.Plan()
            plan.relay = [
                "--alerts-url", receiver.url, "--alerts-private", "--alerts-offline", "1s", "--hold-time", "0s",
                "--alerts-secret-file", place.file("secret"),
            ]
            try await Stand.with(plan) { stand in
                try await stand.expectServing()
                await stand.connector.stop()
                let first = try await Self.next(receiver, "an alert comes")
                let again = try await Self.next(receiver, "it comes again, since 500 was answered")
                #expect(first.headers["webhook-id"] == again.headers["webhook-id"])
                #expect(again.target == "/hook")
                let body = try JSONValue(again.body)
                #expect(body["type"].string == "deployment.offline")
                #expect(body["data"]["subject"].string == Stand.deployment)
                #expect(again.headers["webhook-timestamp"].flatMap { Int($0) } != nil)
                #expect(again.headers["webhook-signature"]?.wholeMatch(of: /v1,[A-Za-z0-9+\/]{43}=/) != nil)
                #expect(first.headers["webhook-signature"] != nil)
                try await eventually("the metrics tell of it") {
                    let text = try await stand.caller.get("/metrics").text
                    return text.contains(#"adit_alerts_total{outcome="sent"} 1"#)
                        && text.contains(#"adit_alerts_total{outcome="failed"} 1"#)
                }
            }
            await receiver.stop()
        }

        /// What logs at its most talkative describes values, and a value may hold a secret.
        @Test func noLogTellsTheSecret() async throws {
            let secret = "supersecret-abcdefgh"
            let place = try TemporaryDirectory()
            try place.write(secret + "\n", to: "secret")
            var plan = Stand.Plan()
            plan.relay = [
                "--log-level", "trace", "--alerts-url", "https://ops.example.com/x", "--alerts-secret-file",
                place.file("secret"),
            ]
            plan.connector = ["--log-level", "trace"]
            try await Stand.with(plan) { stand in
                try await stand.expectServing()
                await stand.connector.stop()
                await stand.relay.stop()
                let bytes = secret.utf8.prefix(6).map { "\($0)" }.joined(separator: ", ")
                for program in [stand.relay.program, stand.connector.program] {
                    let log = program.logText
                    #expect(log.split(separator: "\n").count > 2, "the log of \(program.name) proves nothing")
                    #expect(!log.contains(secret) && !log.contains(bytes), "\(program.name)")
                    let longest = log.split(separator: "\n").max { $0.utf8.count < $1.utf8.count } ?? ""
                    #expect(longest.utf8.count <= 2_048, "\(longest.prefix(300))")
                }
            }
        }

        private static func next(_ receiver: WebhookReceiver, _ what: String) async throws -> WebhookReceiver.Message {
            let message = try await withDeadline(60, what) { try await receiver.messages.next() }
            return try #require(message)
        }

        @Test func aBalanceSinksUnderTheLine() async throws {
            let receiver = try await WebhookReceiver.start()
            let place = try TemporaryDirectory()
            let key = SymmetricKey(size: .bits256)
            let secret = "whsec_" + key.withUnsafeBytes { Data($0) }.base64EncodedString()
            try place.write(secret + "\n", to: "secret")
            let flags = [
                "--alerts-url", receiver.url, "--alerts-private", "--alerts-offline", "0s", "--alerts-low-balance",
                "0.00099", "--alerts-secret-file", place.file("secret"),
            ]
            try await Stand.billed(1_000, flags) { stand in
                let other = try await stand.relay.administer("user", "create", "Ada")["id"].string ?? ""
                try await stand.relay.administer("balance", "top-up", other, "1")
                let call = {
                    let (_, answer) = try await stand.exchange(Stand.chat("Hi", #","max_tokens":7"#)) {
                        try await $0.answer(UpstreamCall.chat("hi"))
                    }
                    #expect(answer.status == 200, "\(answer.text)")
                }
                let expect = { (type: String, user: String) in
                    let message = try await Self.next(receiver, "\(type) comes")
                    let body = try JSONValue(message.body)
                    #expect(body["type"].string == type, "\(message.body)")
                    #expect(body["data"]["subject"].string == user)
                    let headers = message.headers
                    let signed = "\(headers["webhook-id"] ?? "").\(headers["webhook-timestamp"] ?? "").\(message.body)"
                    let code = headers["webhook-signature"].flatMap { Data(base64Encoded: String($0.dropFirst(3))) }
                    #expect(
                        HMAC<SHA256>.isValidAuthenticationCode(
                            code ?? Data(),
                            authenticating: Data(signed.utf8),
                            using: key
                        ),
                        "\(headers)"
                    )
                }
                try await call()
                try await expect("balance.low", Stand.user)
                // It is low already: the next thing to be told is of somebody else.
                try await call()
                try await stand.relay.administer("balance", "adjust", other, "--", "-0.9999")
                try await expect("balance.low", other)
                try await stand.topUp(2 * Stand.usualCost)
                try await expect("balance.normal", Stand.user)
                try await call()
                try await expect("balance.low", Stand.user)
            }
            await receiver.stop()
        }

        /// What it served is served by the new one, and it will not be there to tell that all is well.
        @Test func aRelayThatLeavesSaysNothingOfWhoIsOnline() async throws {
            let receiver = try await WebhookReceiver.start()
            var plan = Stand.Plan()
            plan.relay = [
                "--alerts-url", receiver.url, "--alerts-private", "--alerts-offline", "1s", "--stream-keepalive", "1s",
            ]
            try await Stand.with(plan) { stand in
                let (call, coming) = try await stand.streaming()
                // It may have waited for its connector at the start.
                while receiver.messages.nextNow() != nil {}
                // The new one sees it offline too, until the connector has come.
                let old = try await stand.relay.succeed(["--alerts-offline", "0s"])
                try await stand.expectServing()
                // The old relay's own signs of life tell how its time goes by: its connector leaves it within a few of them.
                for _ in 0..<8 {
                    _ = try await withDeadline(20, "a sign of life") {
                        try await coming.text(until: ": keep-alive\n\n")
                    }
                }
                try await call.finishStream()
                _ = try await withDeadline(20, "the stream ends") { try await coming.rest() }
                #expect(try await old.exited.wait(within: 60, "the relay before it ends") == 0)
                while let told = receiver.messages.nextNow() {
                    #expect(try JSONValue(told.body)["type"].string != "deployment.offline", "\(told.body)")
                }
            }
            await receiver.stop()
        }

        /// Whoever has a key can be refused as often as it likes.
        @Test func refusedCallsDoNotHideThatTheOthersFail() async throws {
            let receiver = try await WebhookReceiver.start()
            var plan = Stand.Plan()
            plan.relay = [
                "--alerts-url", receiver.url, "--alerts-private", "--alerts-offline", "0s", "--alerts-error-calls", "3",
            ]
            try await Stand.with(plan) { stand in
                let key = try await stand.relay.createKey()
                try await stand.relay.administer("key", "set", key.id, "--rpm", "1")
                let greedy = stand.caller.with(key: key.secret)
                let fail = { (caller: HTTPCaller) in
                    let (_, answer) = try await stand.exchange(Stand.chat(), key: caller) {
                        try await $0.answer("{}", status: 500)
                    }
                    #expect(answer.status == 502, "\(answer.text)")
                }
                try await fail(greedy)
                for _ in 0..<30 {
                    #expect(try await greedy.post("/v1/chat/completions", Stand.chat()).status == 429)
                }
                // What only some servers can be asked is refused where it is known which one it would be.
                let members = #""input":"Hi","previous_input_messages":[]"#
                for _ in 0..<30 {
                    let body = #"{"model":"\#(Stand.deployment)",\#(members)}"#
                    #expect(try await stand.caller.post("/v1/responses", body).status == 400)
                }
                for _ in 0..<2 { try await fail(stand.caller) }
                let body = try JSONValue(try await Self.next(receiver, "it is told that calls fail").body)
                #expect(body["type"].string == "errors.high")
                let message = body["data"]["message"].string ?? ""
                #expect(message.hasPrefix("3 of the last 3 calls"), "\(message)")
            }
            await receiver.stop()
        }

        @Test func anAddressThatIsNotPublicIsRefusedAtTheStart() async throws {
            for url in ["http://127.0.0.1:9/", "https://10.0.0.1/", "http://ops.example.com/"] {
                let outcome = try await Program.run("adit-relay", ["serve", "--check", "--alerts-url", url])
                #expect(outcome.status == 78, "\(url)")
                #expect(outcome.complaint.contains("alerts.url"), "\(outcome.complaint)")
            }
        }
    }
}
