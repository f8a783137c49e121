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

        private static func next(_ receiver: WebhookReceiver, _ what: String) async throws -> WebhookReceiver.Message {
            let message = try await withDeadline(60, what) { try await receiver.messages.next() }
            return try #require(message)
        }

        @Test func anAddressThatIsNotPublicIsRefusedAtTheStart() async throws {
            for url in ["http://127.0.0.1:9/", "https://10.0.0.1/", "http://ops.example.com/"] {
                let outcome = try await Program.run("adit-relay", ["serve", "--check", "--alerts-url", url])
                #expect(outcome.status == 1, "\(url)")
                #expect(outcome.complaint.contains("alerts.url"), "\(outcome.complaint)")
            }
        }
    }
}
