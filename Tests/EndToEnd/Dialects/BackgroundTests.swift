import TestSupport
import Testing

extension EndToEnd {
    /// Responses that are made without their callers.
    @Suite(.stand(relay: ["--queue-time", "0"]))
    struct BackgroundTests {
        @Test func isAskedForUntilItIsCompleted() async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            #expect(call.json["stream"] == .bool(true))
            let now = try await stand.caller.get("/v1/responses/\(id)")
            #expect(now.status == 200 && now.json["status"].string == "in_progress", "\(now.text)")
            let items = try await stand.caller.get("/v1/responses/\(id)/input_items")
            #expect(items.json["data"][0]["content"][0]["text"].string == "What is an adit?")
            let early = try await stand.caller.post("/v1/responses", Stand.background("x", previous: id))
            Refusal.badRequest.expect(early)
            #expect(early.json["error"]["param"].string == "previous_response_id")
            #expect(early.json["error"]["message"].string?.contains("in progress") == true)
            try await call.stream(["A", " way", " in."])
            let told = try await stand.ended(id, as: "completed")
            #expect(told["output"][0]["content"][0]["text"].string == "A way in.")
            #expect(told["usage"]["total_tokens"].int == 12 && told["background"] == .bool(true))
            #expect((told["completed_at"].int ?? 0) >= (told["created_at"].int ?? .max))
            // What is over is not cancelled any more.
            let late = try await stand.caller.post("/v1/responses/\(id)/cancel", "{}")
            #expect(late.status == 200 && late.json == told)
            let (next, second) = try await stand.inBackground("And then?", previous: id)
            #expect((next.json["messages"].array ?? []).map { $0["content"].string }[1] == "A way in.")
            try await next.stream(["Dark."])
            _ = try await stand.ended(second, as: "completed")
            try await eventually("each call is logged once") {
                [id, second].allSatisfy { stand.logged($0).count == 1 }
            }
            #expect(stand.logged(id).allSatisfy { $0.contains("completed") })
        }

        @Test(arguments: [false, true])
        func cancellingStopsTheModel(hasBegun: Bool) async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            if hasBegun {
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
            }
            let other = stand.caller.with(key: try await stand.relay.createKey().secret)
            for (method, path) in [("GET", ""), ("POST", "/cancel"), ("DELETE", "")] {
                #expect(try await other.ask(method, "/v1/responses/\(id)\(path)").status == 404, "\(method) by another")
            }
            #expect(call.disconnected.happened == nil)
            let told = try await stand.caller.post("/v1/responses/\(id)/cancel", "{}")
            #expect(told.status == 200 && told.json["status"].string == "cancelled", "\(told.text)")
            #expect(told.json["id"].string == id && told.json["error"] == .null)
            try await call.disconnected.wait(within: 20, "the upstream request is closed")
            #expect(try await stand.caller.get("/v1/responses/\(id)").json == told.json)
            #expect(try await stand.caller.post("/v1/responses/\(id)/cancel", "").json == told.json)
            let next = try await stand.caller.post("/v1/responses", Stand.background("x", previous: id))
            Refusal.badRequest.expect(next)
            try await eventually("the call is logged once") { stand.logged(id).count == 1 }
            try await stand.expectServing()
        }

        @Test func deletingStopsTheModel() async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            let told = try await stand.caller.ask("DELETE", "/v1/responses/\(id)")
            #expect(told.status == 200 && told.json["deleted"] == .bool(true))
            try await call.disconnected.wait(within: 20, "the upstream request is closed")
            for method in ["GET", "DELETE"] {
                #expect(try await stand.caller.ask(method, "/v1/responses/\(id)").status == 404)
            }
        }

        @Test(arguments: CancelTests.Leaving.allCases)
        func theCallerMayLeave(leaving: CancelTests.Leaving) async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", "/v1/responses", body: Stand.background("x"))
            let answer = try await withDeadline(20, "it is answered at once") { try await coming.whole() }
            let id = try #require(answer.json["id"].string)
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            try await call.send(event: UpstreamCall.words("first"))
            coming.connection.leave(leaving)
            try await coming.connection.closed.wait(within: 20, "the caller is gone")
            // The relay has heard of it before it answers another.
            #expect(try await stand.caller.get("/v1/responses/\(id)").json["status"].string == "in_progress")
            try await call.send(event: UpstreamCall.words(" second"))
            try await call.finishStream()
            let told = try await stand.ended(id, as: "completed")
            #expect(told["output"][0]["content"][0]["text"].string == "first second")
        }

        @Test(arguments: StreamTests.Break.allCases, [false, true])
        func itFailsWithItsModelServer(way: StreamTests.Break, hasSpoken: Bool) async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            try await call.begin()
            if hasSpoken { try await call.send(event: UpstreamCall.words("first")) }
            switch way {
            case .closed: call.drop()
            case .reset: call.reset()
            case .endedWithoutDone: try await call.end()
            case .error: try await call.send(event: #"{"error":{"message":"CUDA out of memory","code":500}}"#)
            }
            let told = try await stand.ended(id, as: "failed")
            #expect(told["error"]["code"].string == "server_error")
            #expect(told["error"]["message"].string?.isEmpty == false)
            try await eventually("the call is logged once") { stand.logged(id).count == 1 }
        }

        @Test func aRefusalOfTheModelServer() async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            let error = #"{"error":{"message":"too long","type":"exceed_context_size_error","code":400}}"#
            try await call.answer(error, status: 400)
            let told = try await stand.ended(id, as: "failed")
            #expect(told["error"]["code"].string == "context_length_exceeded")
            #expect(told["error"]["message"].string == "too long")
        }

        @Test func anAnswerThatIsCutIsIncomplete() async throws {
            let stand = try Stand.lent
            let (call, id) = try await stand.inBackground()
            try await call.begin()
            try await call.send(event: UpstreamCall.words("half"))
            try await call.send(event: UpstreamCall.chunk("{}", finish: "length"))
            try await call.send(event: "[DONE]")
            let told = try await stand.ended(id, as: "incomplete")
            #expect(told["incomplete_details"]["reason"].string == "max_output_tokens")
            #expect(told["output"][0]["content"][0]["text"].string == "half")
        }

        @Test func aKeyHasOnlySoMany() async throws {
            let stand = try Stand.lent
            let caller = stand.caller.with(key: try await stand.relay.createKey().secret)
            var ids: [String] = []
            var calls: [UpstreamCall] = []
            for _ in 0..<16 {
                let (call, id) = try await stand.inBackground(caller: caller)
                calls.append(call)
                ids.append(id)
            }
            let seen = stand.upstream.requests.count
            let refused = try await caller.post("/v1/responses", Stand.background("x"))
            Refusal.busy.expect(refused)
            #expect(refused.head["retry-after"] != nil)
            #expect(refused.json["error"]["message"].string?.contains("16") == true)
            #expect(stand.upstream.requests.dropFirst(seen).allSatisfy { $0.hasPrefix("GET") })
            // Others are not kept from theirs, and what has ended makes room.
            let (others, theirs) = try await stand.inBackground()
            try await others.stream(["x"])
            _ = try await stand.ended(theirs, as: "completed")
            #expect(try await caller.post("/v1/responses/\(ids[0])/cancel", "").status == 200)
            let (last, _) = try await stand.inBackground(caller: caller)
            for id in ids { _ = try await caller.ask("DELETE", "/v1/responses/\(id)") }
            for call in calls { try await call.disconnected.wait(within: 30, "the upstream request is closed") }
            last.drop()
        }

        @Test func itIsWithinLimitsUntilItsEnd() async throws {
            let stand = try Stand.lent
            let outcome = try await stand.relay.administration(["key", "create", "--concurrent", "1"])
            #expect(outcome.status == 0, "\(outcome.complaint)")
            let caller = stand.caller.with(key: try JSONValue(outcome.output)["secret"].string)
            for ending in ["completed", "failed", "cancelled", "deleted"] {
                let (call, id) = try await stand.inBackground(caller: caller)
                let refused = try await caller.post("/v1/responses", Stand.background("x"))
                Refusal.busy.expect(refused)
                #expect(refused.json["error"]["message"].string?.contains("calls at once") == true)
                switch ending {
                case "completed": try await call.stream(["fine"])
                case "failed": call.drop()
                case "cancelled": #expect(try await caller.post("/v1/responses/\(id)/cancel", "").status == 200)
                default: #expect(try await caller.ask("DELETE", "/v1/responses/\(id)").status == 200)
                }
                if ["completed", "failed"].contains(ending) {
                    // Whoever can read the answer may make the next call.
                    _ = try await stand.ended(id, as: ending, caller: caller)
                } else {
                    try await call.disconnected.wait(within: 30, "the upstream request is closed")
                }
            }
        }

        @Test func itsAnswerTellsOfLimits() async throws {
            let stand = try Stand.lent
            let outcome = try await stand.relay.administration(["key", "create", "--rpm", "30"])
            let caller = stand.caller.with(key: try JSONValue(outcome.output)["secret"].string)
            let answer = try await caller.post("/v1/responses", Stand.background("x"))
            #expect(answer.status == 200 && answer.head["x-ratelimit-limit-requests"] == "30", "\(answer.text)")
            try await stand.upstream.nextCall().stream(["fine"])
        }

        @Test func aLongOne() async throws {
            let stand = try Stand.lent
            let words = String(repeating: "long ", count: 100_000)
            let (call, id) = try await stand.inBackground(words)
            #expect(call.json["messages"][0]["content"].string == words)
            try await call.stream(["fine"])
            _ = try await stand.ended(id, as: "completed")
        }

        @Test func refusals() async throws {
            let stand = try Stand.lent
            for (field, value) in [("store", "false"), ("stream", "true")] {
                let answer = try await stand.caller.post(
                    "/v1/responses",
                    Stand.background("x", #","\#(field)":\#(value)"#)
                )
                Refusal.badRequest.expect(answer)
                #expect(answer.json["error"]["param"].string == field)
            }
            Refusal.unauthorized.expect(
                try await stand.caller.with(key: nil).post("/v1/responses", Stand.background("x"))
            )
            let narrow = try await stand.relay.createKey(models: ["another"])
            Refusal.forbidden.expect(
                try await stand.caller.with(key: narrow.secret).post("/v1/responses", Stand.background("x"))
            )
            try await stand.relay.createDeployment("lonely")
            let lonely = #"{"model":"lonely","input":"x","background":true}"#
            Refusal.offline.expect(try await stand.caller.post("/v1/responses", lonely))
        }
    }
}

extension Stand {
    /// The body of a request for a response in the background.
    static func background(_ input: String, _ more: String = "", previous: String? = nil) -> String {
        let chain = previous.map { #","previous_response_id":"\#($0)""# } ?? ""
        return #"{"model":"\#(Self.deployment)","input":"\#(input)","background":true\#(chain)\#(more)}"#
    }

    /// Begins a response in the background, and waits for its call.
    func inBackground(
        _ input: String = "What is an adit?",
        previous: String? = nil,
        caller: HTTPCaller? = nil
    ) async throws -> (call: UpstreamCall, id: String) {
        let answer = try await (caller ?? self.caller).post("/v1/responses", Self.background(input, previous: previous))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["status"].string == "in_progress" && answer.json["background"] == .bool(true))
        let id = try #require(answer.json["id"].string)
        return (try await self.upstream.nextCall(), id)
    }

    /// Asks for a response until it is no longer in progress.
    func ended(_ id: String, as status: String, caller: HTTPCaller? = nil) async throws -> JSONValue {
        let caller = caller ?? self.caller
        try await eventually(within: 60, "the response has ended") {
            try await caller.get("/v1/responses/\(id)").json["status"].string != "in_progress"
        }
        let answer = try await caller.get("/v1/responses/\(id)")
        #expect(answer.json["status"].string == status, "\(answer.text)")
        return answer.json
    }

    /// The lines of the relay's log that tell the end of a response's call.
    func logged(_ id: String) -> [Substring] {
        let call = "req_" + id.dropFirst("resp_".count)
        return self.relay.program.logText.split(separator: "\n").filter { $0.contains(call) && $0.contains("outcome") }
    }
}
