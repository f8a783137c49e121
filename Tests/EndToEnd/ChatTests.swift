import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Chat calls that are answered whole.
    @Suite(.stand())
    struct ChatTests {
        @Test func aCallReachesTheModelAndItsAnswerTheCaller() async throws {
            let stand = try Stand.lent
            let (call, answer) = try await stand.exchange(Stand.chat("What is an adit?")) {
                try await $0.answer(UpstreamCall.chat("A way in."))
            }
            #expect(call.method == "POST")
            #expect(call.target == "/v1/chat/completions")
            #expect(call.json["messages"][0]["content"].string == "What is an adit?")
            #expect(answer.status == 200)
            #expect(answer.head["content-type"]?.hasPrefix("application/json") == true)
            #expect(answer.json["choices"][0]["message"]["content"].string == "A way in.")
            #expect(answer.json["usage"]["total_tokens"].int == 12)
            expectRequestID(answer.head)
        }

        @Test func nothingOfTheCallersOwnHeadersReachesTheModel() async throws {
            let stand = try Stand.lent
            let headers = [
                ("cookie", "session=1"), ("x-forwarded-for", "192.0.2.1"), ("accept-encoding", "gzip"),
                ("x-stainless-lang", "python"), ("x-conversation-id", "7"), ("origin", "https://app.example"),
                ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ]
            let (call, _) = try await stand.exchange(Stand.chat(), headers: headers) {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            #expect(call.header("host") == "127.0.0.1:\(stand.upstream.port)")
            for name in ["cookie", "x-forwarded-for", "x-stainless-lang", "x-conversation-id", "authorization"] {
                #expect(call.header(name) == nil)
            }
            #expect(["identity", nil].contains(call.header("accept-encoding")))
            #expect(call.header("traceparent") == headers.last?.1)
        }

        @Test func unknownFieldsAndSpacesPassByteForByteBothWays() async throws {
            let stand = try Stand.lent
            let before = #"{ "top_k" :40, "x":{"model":"inner","n":1.50e+3,"é":"\u00e9\n"},"model" :  ""#
            let after =
                #"" ,"messages":[ {"role":"user","content":"tab\t\"model\":"} ], "z":[],"big":12345678901234567890}"#
            let (call, answer) = try await stand.exchange("\(before)\(Stand.deployment)\(after)") {
                try await $0.answer(#"{"a":[1 , 2],"model": "scripted", "choices":[{"model":"scripted","x":1e400}] }"#)
            }
            #expect(call.text == "\(before)\(Stand.model)\(after)")
            #expect(
                answer.text == #"{"a":[1 , 2],"model": "gemma-tunnel", "choices":[{"model":"scripted","x":1e400}] }"#
            )
        }

        @Test func theModelsNameMayBeEscaped() async throws {
            let stand = try Stand.lent
            let body = #"{"model":"gemma\u002dtunnel","messages":[{"role":"user","content":"x"}]}"#
            let (call, answer) = try await stand.exchange(body) { try await $0.answer(UpstreamCall.chat("yes")) }
            #expect(call.json["model"].string == Stand.model)
            #expect(answer.json["model"].string == Stand.deployment)
        }

        @Test(arguments: ["x-api-key", "x-goog-api-key", "Authorization"])
        func theKeyMayStandInAnyVendorsHeader(name: String) async throws {
            let stand = try Stand.lent
            let value = name == "Authorization" ? "Bearer \(stand.key.secret)" : stand.key.secret
            async let coming = stand.caller.with(key: nil).post(
                "/v1/chat/completions",
                Stand.chat(),
                headers: [(name, value)]
            )
            let call = try await stand.upstream.nextCall()
            #expect(call.header(name) == nil)
            try await call.answer(UpstreamCall.chat("yes"))
            #expect(try await coming.status == 200)
        }

        @Test func oneConnectionCarriesManyCalls() async throws {
            let stand = try Stand.lent
            stand.upstream.script("echo") {
                try await $0.answer(UpstreamCall.chat($0.json["messages"][0]["content"].string ?? ""))
            }
            let connection = try await stand.caller.connect()
            let answers = ComingAnswer(connection: connection)
            for number in 1...20 {
                let body = Stand.chat("call \(number)", #","script":"echo""#)
                let head = stand.caller.head("POST", "/v1/chat/completions", length: body.utf8.count)
                try await connection.send(head + body)
                let answer = try await withDeadline(10, "call \(number) is answered") { try await answers.whole() }
                #expect(answer.json["choices"][0]["message"]["content"].string == "call \(number)")
            }
        }

        @Test func pipelinedCallsAreAnsweredInOrder() async throws {
            let stand = try Stand.lent
            stand.upstream.script("echo") {
                try await $0.answer(UpstreamCall.chat($0.json["messages"][0]["content"].string ?? ""))
            }
            let connection = try await stand.caller.connect()
            var bytes = ""
            for number in 1...5 {
                let body = Stand.chat("call \(number)", #","script":"echo""#)
                bytes += stand.caller.head("POST", "/v1/chat/completions", length: body.utf8.count) + body
            }
            try await connection.send(bytes)
            let answers = ComingAnswer(connection: connection)
            for number in 1...5 {
                let answer = try await withDeadline(10, "call \(number) is answered") { try await answers.whole() }
                #expect(answer.json["choices"][0]["message"]["content"].string == "call \(number)")
            }
        }

        @Test func aBodyInChunksAndAfterAHundredContinue() async throws {
            let stand = try Stand.lent
            let connection = try await stand.caller.connect()
            let fields = [
                ("content-type", "application/json"), ("transfer-encoding", "chunked"), ("expect", "100-continue"),
            ]
            try await connection.send(stand.caller.head("POST", "/v1/chat/completions", headers: fields))
            let first = try await withDeadline(10, "the relay says to go on") { try await connection.received.next() }
            #expect(first.map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 100 ") == true)
            let body = Stand.chat()
            for character in body { try await connection.send("1\r\n\(character)\r\n") }
            try await connection.send("0\r\n\r\n")
            let call = try await stand.upstream.nextCall()
            #expect(call.json["messages"][0]["content"].string == Stand.prompt)
            try await call.answer(UpstreamCall.chat("yes"))
            let answer = try await withDeadline(10, "an answer") {
                try await ComingAnswer(connection: connection).whole()
            }
            #expect(answer.status == 200)
        }

        @Test func aHugeAnswerPassesWhole() async throws {
            let stand = try Stand.lent
            let content = String(repeating: "0123456789abcdef", count: 512 * 1024)
            let (_, answer) = try await stand.exchange(Stand.chat()) {
                try await $0.answer(UpstreamCall.chat(content))
            }
            #expect(answer.text == UpstreamCall.chat(content, model: Stand.deployment))
        }
    }

    /// A model server that closes the connection after each answer.
    @Suite(.stand(closesAfterAnswer: true))
    struct ClosingUpstreamTests {
        @Test func everyCallIsAnswered() async throws {
            let stand = try Stand.lent
            for _ in 1...20 { try await stand.expectServing() }
        }
    }
}
