import Foundation
import TestSupport
import Testing

extension Faults {
    /// Stored responses of a relay whose place another one takes, where they are written down.
    @Suite
    struct StoredResponsesSuccessionTests {
        private static func plan(_ more: [String] = []) -> Stand.Plan {
            var plan = Stand.Plan()
            plan.relay = ["--responses-persist"] + more
            return plan
        }

        private static func body(_ input: String, previous: String? = nil) -> String {
            let reference = previous.map { #","previous_response_id":"\#($0)""# } ?? ""
            return #"{"model":"\#(Stand.deployment)","input":"\#(input)"\#(reference)}"#
        }

        /// A response that is answered at once.
        private static func stored(_ input: String, previous: String? = nil, _ stand: Stand) async throws -> String {
            let (_, answer) = try await stand.exchange(Self.body(input, previous: previous), path: "/v1/responses") {
                try await $0.answer(UpstreamCall.chat("answer to \(input)"))
            }
            return try #require(answer.json["id"].string, "\(answer.text)")
        }

        private static func status(of id: String, _ stand: Stand) async throws -> String {
            let answer = try await stand.caller.get("/v1/responses/\(id)")
            #expect(answer.status == 200, "\(answer.text)")
            return answer.json["status"].string ?? ""
        }

        private static func isOnDisk(_ id: String, _ stand: Stand) throws -> Bool {
            let content = try Data(contentsOf: URL(filePath: "\(stand.relay.data)/responses.sqlite"))
            return content.range(of: Data(id.utf8)) != nil
        }

        private static func end(_ relay: Program) async throws {
            #expect(try await relay.exited.wait(within: 60, "the relay before it ends") == 0)
        }

        @Test func allAreFoundAtTheNewRelay() async throws {
            try await Stand.with(Self.plan()) { stand in
                let (background, inProgress) = try await stand.inBackground()
                let coming = try await stand.caller.start("POST", "/v1/responses", body: Self.body("Two"))
                let call = try await stand.upstream.nextCall()
                let recent = try await Self.stored("One", stand)
                let old = try await stand.relay.succeed()

                // Nobody takes one for lost that the old relay makes, nor believes that it could be stopped here.
                #expect(try await Self.status(of: inProgress, stand) == "in_progress")
                for (method, path) in [("POST", "\(inProgress)/cancel"), ("DELETE", inProgress)] {
                    let refusal = try await stand.caller.ask(method, "/v1/responses/\(path)")
                    #expect(refusal.status == 503, "\(method): \(refusal.text)")
                    #expect(refusal.head["retry-after"] != nil)
                }
                let stranger = stand.caller.with(key: try await stand.relay.createKey().secret)
                #expect(try await stranger.ask("DELETE", "/v1/responses/\(inProgress)").status == 404)

                #expect(try await stand.caller.get("/v1/responses/resp_nobody").status == 404)

                // The next turn follows at once.
                try await call.answer(UpstreamCall.chat("answer to Two"))
                let answer = try await withDeadline(20, "an answer") { try await coming.whole() }
                let running = try #require(answer.json["id"].string, "\(answer.text)")
                let next = try await Self.stored("Three", previous: running, stand)
                _ = try await Self.stored("Four", previous: recent, stand)

                try await background.begin()
                try await background.send(event: UpstreamCall.words("words"))
                try await background.finishStream()
                let told = try await stand.ended(inProgress, as: "completed")
                #expect(told["output"][0]["content"][0]["text"].string == "words")
                try await Self.end(old)
                for id in [recent, running, inProgress, next] {
                    #expect(try await Self.status(of: id, stand) == "completed")
                }
                #expect(try await stand.caller.ask("DELETE", "/v1/responses/\(inProgress)").status == 200)
                #expect(try await stand.caller.get("/v1/responses/\(inProgress)").status == 404)
            }
        }

        /// Two successions behind each other: what the first relay makes is found at the third one.
        @Test func theNextSuccessorFindsThemToo() async throws {
            try await Stand.with(Self.plan()) { stand in
                let (background, id) = try await stand.inBackground()
                let first = try await stand.relay.succeed()
                #expect(try await Self.status(of: id, stand) == "in_progress")
                let second = try await stand.relay.succeed()
                try await Self.end(second)
                #expect(first.exited.happened == nil)
                #expect(try await Self.status(of: id, stand) == "in_progress")
                try await background.begin()
                try await background.send(event: UpstreamCall.words("words"))
                try await background.finishStream()
                _ = try await stand.ended(id, as: "completed")
                try await Self.end(first)
            }
        }

        @Test func whatARelayMadeThatDiedHasFailed() async throws {
            try await Stand.with(Self.plan()) { stand in
                let (_, id) = try await stand.inBackground()
                let old = try await stand.relay.succeed()
                #expect(try await Self.status(of: id, stand) == "in_progress")
                old.kill()
                _ = try await old.exited.wait(within: 10, "the old relay is dead")
                let told = try await stand.ended(id, as: "failed")
                #expect(told["error"]["code"].string == "server_error")
                await stand.relay.stop()
                try await stand.relay.startAgain()
                _ = try await stand.ended(id, as: "failed")
            }
        }

        /// The old relay knows nothing of uses at the new one: it forgets nothing for its age.
        @Test func whatIsUsedAtTheNewRelayStaysOnDisk() async throws {
            try await Stand.with(Self.plan(["--responses-keep", "5s"])) { stand in
                let id = try await Self.stored("One", stand)
                try await eventually("it is written down") { try Self.isOnDisk(id, stand) }
                let (call, coming) = try await stand.streaming()
                let old = try await stand.relay.succeed()
                let start = ContinuousClock.now
                // Longer than it is kept, and than the old relay would take to delete it.
                while ContinuousClock.now - start < .seconds(8) {
                    #expect(try await Self.status(of: id, stand) == "completed")
                    try await Task.sleep(for: .milliseconds(500))
                }
                #expect(old.exited.happened == nil)
                #expect(try Self.isOnDisk(id, stand))
                try await call.finishStream()
                _ = try await coming.rest()
                try await Self.end(old)
            }
        }
    }
}
