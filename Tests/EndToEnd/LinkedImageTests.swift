import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Images that stand in requests by their address.
    @Suite
    struct LinkedImageTests {
        private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3, 4]
        private static let dataURL = "data:image/png;base64,iVBORw0KGgoBAgME"

        /// A request of each dialect with one image, and the field that names it.
        private static func requests(_ url: String) -> [(path: String, body: String, parameter: String)] {
            let model = Stand.deployment
            return [
                (
                    "/v1/messages",
                    """
                    {"model":"\(model)","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"See:"},\
                    {"type":"image","source":{"type":"url","url":"\(url)"}}]}]}
                    """,
                    "messages.0.content.1.source.url"
                ),
                (
                    "/v1/responses",
                    """
                    {"model":"\(model)","input":[{"role":"user","content":[{"type":"input_text","text":"See:"},\
                    {"type":"input_image","image_url":"\(url)"}]}]}
                    """,
                    "input[0].content[1].image_url"
                ),
                (
                    "/v1beta/models/\(model):generateContent",
                    """
                    {"contents":[{"parts":[{"text":"See:"},{"fileData":{"fileUri":"\(url)","mimeType":"image/png"}}]}]}
                    """,
                    "contents[0].parts[1].fileData.fileUri"
                ),
            ]
        }

        @Test func withoutTheSwitchTheyAreRefusedAndNotPassedOn() async throws {
            try await Stand.with { stand in
                for (path, body, parameter) in Self.requests("https://example.org/a.png") {
                    let answer = try await stand.caller.post(path, body)
                    #expect(answer.status == 400)
                    #expect(answer.text.contains("images.fetch"), "\(answer.text)")
                    if path == "/v1/responses" { #expect(answer.json["error"]["param"].string == parameter) }
                    // Counting asks nobody.
                    guard path == "/v1/messages" else { continue }
                    let count = try await stand.caller.post(path + "/count_tokens", body)
                    #expect((1_000...1_100).contains(count.json["input_tokens"].int ?? 0), "\(count.text)")
                }
                #expect(!stand.upstream.requests.contains { $0.contains("completions") })
            }
        }

        @Test func withItTheyAreFetchedAndEmbedded() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            var plan = Stand.Plan()
            plan.relay = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)"]
            try await Stand.with(plan) { stand in
                for (path, body, _) in Self.requests("\(images.url)/images/a.png?x=1") {
                    async let exchange = stand.exchange(body, path: path) {
                        try await $0.answer(UpstreamCall.chat("a dot"))
                    }
                    let image = try await images.nextCall()
                    #expect(image.method == "GET")
                    #expect(image.target == "/images/a.png?x=1")
                    #expect(image.header("host") == "127.0.0.1:\(images.port)")
                    for name in ["authorization", "x-api-key", "x-goog-api-key", "cookie"] {
                        #expect(image.header(name) == nil)
                    }
                    try await image.answer(bytes: ByteBuffer(bytes: Self.png), type: "image/png")
                    let (call, answer) = try await exchange
                    #expect(answer.status == 200, "\(answer.text)")
                    let part = call.json["messages"][0]["content"][1]
                    #expect(part["image_url"]["url"].string == Self.dataURL)
                }
            }
            await images.stop()
        }

        @Test func whoCannotPayIsToldBeforeAnythingIsFetched() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            let flags = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)"]
            try await Stand.billed(1, flags) { stand in
                for (path, body, _) in Self.requests("\(images.url)/images/a.png") {
                    #expect(try await stand.caller.post(path, body).status == 402)
                    // A name that nothing was paid for makes no difference.
                    let name = [("idempotency-key", path)]
                    #expect(try await stand.caller.post(path, body, headers: name).status == 402)
                    guard path != "/v1beta/models/\(Stand.deployment):generateContent" else { continue }
                    let streamed = body.dropLast() + #","stream":true}"#
                    #expect(try await stand.caller.post(path, String(streamed), headers: name).status == 402)
                }
                #expect(images.requests.isEmpty)
                try await stand.topUp(1_000_000)
                let (path, body, _) = Self.requests("\(images.url)/images/a.png")[0]
                async let exchange = stand.exchange(body, path: path) {
                    try await $0.answer(UpstreamCall.chat("a dot"))
                }
                try await images.nextCall().answer(bytes: ByteBuffer(bytes: Self.png), type: "image/png")
                let (_, answer) = try await exchange
                #expect(try stand.charges(answer.head["x-request-id"] ?? "") == [Stand.usualCost])
            }
            await images.stop()
        }

        @Test func anAnswerThatWasPaidForNeedsItsImagesNoMore() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            let flags = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)", "--images-timeout", "5s"]
            try await Stand.billed(1_000_000, flags) { stand in
                let (path, body, _) = Self.requests("\(images.url)/images/a.png")[0]
                let name = [("idempotency-key", "first")]
                async let exchange = stand.exchange(body, path: path, headers: name) {
                    // It is under way, which is told before anything is fetched.
                    let early = try await stand.caller.post(path, body, headers: name)
                    #expect(early.status == 409 && early.text.contains("under way"), "\(early.text)")
                    try await $0.answer(UpstreamCall.chat("a dot"))
                }
                try await images.nextCall().answer(bytes: ByteBuffer(bytes: Self.png), type: "image/png")
                let (_, first) = try await exchange
                #expect(first.status == 200, "\(first.text)")
                let again = try await stand.caller.post(path, body, headers: name)
                #expect(again.status == 200 && again.text == first.text, "\(again.text)")
                let other = body.replacing("See:", with: "Look:")
                let refused = try await stand.caller.post(path, other, headers: name)
                #expect(refused.status == 409 && refused.text.contains("another request"), "\(refused.text)")
                // The name is known beyond the answer.
                await stand.relay.stop()
                try await stand.relay.startAgain()
                try await stand.isConnected()
                let gone = try await stand.caller.post(path, body, headers: name)
                #expect(gone.status == 409 && gone.text.contains("not kept any more"), "\(gone.text)")
                #expect(images.requests.count == 1)
                #expect(
                    try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'") == [1]
                )
            }
            await images.stop()
        }

        @Test func aRedirectToAnotherPlaceAndWhatIsNoImageAreRefused() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            var plan = Stand.Plan()
            plan.relay = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)", "--images-size", "1KiB"]
            try await Stand.with(plan) { stand in
                let body = Self.requests("\(images.url)/images/a.png?secret=1")[1].body
                let answers: [(words: String, answer: @Sendable (UpstreamCall) async throws -> Void)] = [
                    (
                        "images.allow",
                        {
                            let inside = "http://127.0.0.1:\(stand.upstream.port)/images/admin"
                            try await $0.answer("", status: 302, headers: [("location", inside)])
                        }
                    ),
                    ("by its bytes", { try await $0.answer("root:x:0:0:", type: "image/png") }),
                    ("content-type", { try await $0.answer("<html>", type: "text/html") }),
                    ("404", { try await $0.answer("", status: 404) }),
                    ("1024 bytes", { try await $0.answer(String(repeating: "x", count: 1025), type: "image/png") }),
                    (
                        "1024 bytes",
                        { call in
                            try await call.begin(type: "image/png")
                            for _ in 0..<4 { try? await call.send(String(repeating: "x", count: 512)) }
                        }
                    ),
                    ("broke off", { $0.drop() }),
                ]
                for (words, reply) in answers {
                    async let asking = stand.caller.post("/v1/responses", body)
                    try await reply(try await images.nextCall())
                    let answer = try await asking
                    #expect(answer.status == 400)
                    #expect(answer.json["error"]["message"].string?.contains(words) == true, "\(answer.text)")
                    #expect(answer.json["error"]["param"].string == "input[0].content[1].image_url")
                    #expect(!answer.text.contains("secret"))
                }
                #expect(!stand.upstream.requests.contains { $0.contains("admin") || $0.contains("completions") })
            }
            await images.stop()
        }

        @Test func whoAsksInTheBackgroundDoesNotWait() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            var plan = Stand.Plan()
            plan.relay = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)", "--images-timeout", "5m"]
            try await Stand.with(plan) { stand in
                let frame = Self.requests("\(images.url)/images/a.png")[1].body.dropLast()
                // The second is so long that it is read apart.
                for length in [1, 300 << 10] {
                    let rules = String(repeating: "x", count: length)
                    let body = frame + #","background":true,"instructions":"\#(rules)"}"#
                    func begin() async throws -> (image: UpstreamCall, id: String) {
                        let coming = try await stand.caller.start("POST", "/v1/responses", body: String(body))
                        let answer = try await withDeadline(60, "it is answered at once") { try await coming.whole() }
                        #expect(answer.json["status"].string == "in_progress", "\(answer.text)")
                        coming.connection.leave(.closes)
                        return (try await images.nextCall(), try #require(answer.json["id"].string))
                    }
                    var (image, id) = try await begin()
                    let told = try await stand.caller.get("/v1/responses/\(id)").json
                    #expect(told["status"].string == "in_progress")
                    try await image.answer(bytes: ByteBuffer(bytes: Self.png), type: "image/png")
                    let call = try await stand.upstream.nextCall()
                    let part = call.json["messages"].array?.last?["content"][1]
                    #expect(part?["image_url"]["url"].string == Self.dataURL)
                    try await call.stream(["a dot"])
                    let ended = try await stand.ended(id, as: "completed")
                    #expect(ended["created_at"] == told["created_at"])
                    (image, id) = try await begin()
                    try await image.answer("", status: 404)
                    let failed = try await stand.ended(id, as: "failed")
                    #expect(failed["error"]["message"].string?.contains("404") == true, "\(failed["error"])")
                    (image, id) = try await begin()
                    #expect(try await stand.caller.post("/v1/responses/\(id)/cancel", "").status == 200)
                    try await image.disconnected.wait(within: 30, "the fetch ends")
                }
            }
            await images.stop()
        }

        @Test func aCallerWhoLeavesEndsTheFetch() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            var plan = Stand.Plan()
            plan.relay = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)", "--images-timeout", "5m"]
            try await Stand.with(plan) { stand in
                let body = Self.requests("\(images.url)/images/a.png")[0].body
                let coming = try await stand.caller.start("POST", "/v1/messages", body: body)
                let image = try await images.nextCall()
                coming.connection.leave()
                try await image.disconnected.wait(within: 60, "the fetch is given up")
                try await stand.expectServing()
            }
            await images.stop()
        }
    }
}
