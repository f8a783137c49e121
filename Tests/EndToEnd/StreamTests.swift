import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Chat calls that are answered word by word.
    @Suite(.stand())
    struct StreamTests {
        @Test func wordsArriveAsTheyAreSaid() async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            // The next word is only said once the last one has arrived: nothing on the way may wait for more.
            for word in ["An", " adit", " is", " a", " way", " in"] {
                try await call.send(event: UpstreamCall.words(word))
                let text = try await withDeadline(10, "«\(word)» arrives") {
                    if word == "An" { #expect(try await coming.head().status == 200) }
                    return try await coming.text(until: "\n\n")
                }
                #expect(text == "data: \(UpstreamCall.words(word, model: Stand.deployment))\n\n")
            }
            try await call.finishStream()
            let rest = String(decoding: try await coming.rest(), as: UTF8.self)
            #expect(try EventStream(rest).isDone)
        }

        @Test func theHeadSaysWhatProxiesMustKnow() async throws {
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(Stand.streamedChat()) { try await $0.stream(["a"]) }
            #expect(answer.status == 200)
            #expect(["text/event-stream", "text/event-stream; charset=utf-8"].contains(answer.head["content-type"]))
            #expect(answer.head["cache-control"] == "no-cache, no-transform")
            #expect(answer.head["x-accel-buffering"] == "no")
            #expect(answer.head["connection"] == "keep-alive")
            #expect(answer.head["transfer-encoding"] == "chunked")
            #expect(answer.head["content-length"] == nil)
            #expect(answer.head["content-encoding"] == nil)
            expectRequestID(answer.head)
        }

        /// Servers that look at a prompt inside the stream say that it is too long by its first event.
        @Test func anErrorInAStreamIsToldAndCountedByItsOwnCode() async throws {
            try await Stand.with { stand in
                let error = #"{"error":{"code":400,"message":"x","type":"exceed_context_size_error"}}"#
                for number in 0..<3 {
                    let (_, answer) = try await stand.exchange(Stand.streamedChat("first \(number)")) { call in
                        try await call.begin()
                        try await call.send(event: error)
                        // Whoever has read this may have closed the connection.
                        try? await call.end()
                    }
                    #expect(answer.status == 400 && answer.json["error"]["code"].string == "context_length_exceeded")
                }
                // Once something was told the error stands behind it.
                let (call, coming) = try await stand.streaming(nil, Stand.streamedChat("later"))
                try await call.send(event: error)
                try? await call.end()
                let rest = String(decoding: try await coming.rest(), as: UTF8.self)
                #expect(rest.contains("exceed_context_size_error"), "\(rest)")
                for (outcome, count) in [("refused_by_upstream", 3), ("invalidRequest", 1)] {
                    let labels = "{deployment=\"\(Stand.deployment)\",endpoint=\"chat\",outcome=\"\(outcome)\"}"
                    try await eventually("\(count) calls: \(outcome)") {
                        try await stand.metric("adit_calls_total\(labels)") == Double(count)
                    }
                }
            }
        }

        @Test func aCallerOfHTTP10GetsAStreamThatEndsWithItsConnection() async throws {
            let stand = try Stand.lent
            stand.upstream.script("old") { try await $0.stream(["a", "b"]) }
            let body = Stand.streamedChat("x", #","script":"old""#)
            let head = stand.caller.head(
                "POST",
                "/v1/chat/completions",
                headers: [("connection", "keep-alive")],
                length: body.utf8.count
            )
            let connection = try await stand.caller.connect()
            try await connection.send(head.replacing("HTTP/1.1", with: "HTTP/1.0") + body)
            let said = try await withDeadline(20, "the connection ends behind the answer") {
                var said = ""
                while let bytes = try await connection.received.next() { said += String(buffer: bytes) }
                return said
            }
            let parts = said.split(separator: "\r\n\r\n", maxSplits: 1)
            let lines = parts[0].split(separator: "\r\n")
            #expect(lines.first == "HTTP/1.0 200 OK")
            #expect(lines.contains("connection: close"))
            #expect(!lines.contains { $0.hasPrefix("transfer-encoding") || $0.hasPrefix("content-length") })
            let stream = try EventStream(String(parts[1]))
            #expect(stream.content == "ab")
            #expect(stream.isDone)
        }

        @Test func usageIsAlwaysAskedForAndOnlyToldWhenTheCallerAsked() async throws {
            let stand = try Stand.lent
            let (quiet, without) = try await stand.exchange(Stand.streamedChat()) { try await $0.stream(["a", "b"]) }
            #expect(quiet.json["stream_options"]["include_usage"] == .bool(true))
            let stream = try EventStream(without.text)
            #expect(stream.content == "ab")
            #expect(stream.isDone)
            #expect(!without.text.contains("total_tokens"))

            let asking = Stand.streamedChat("Hello", #","stream_options":{"include_usage":true}"#)
            let (_, with) = try await stand.exchange(asking) { try await $0.stream(["a", "b"]) }
            let last = try #require(EventStream(with.text).events.dropLast().last)
            #expect(last == UpstreamCall.usage(model: Stand.deployment))
        }

        @Test func theConnectionToTheModelIsUsedAgain() async throws {
            let stand = try Stand.lent
            let before = stand.upstream.connections
            for _ in 1...20 {
                let (_, answer) = try await stand.exchange(Stand.streamedChat()) { try await $0.stream(["a"]) }
                #expect(answer.status == 200)
            }
            // A few more than one: the connector also asks how the server is, and on a busy machine the next call may come before
            // the server has ended the answer of the last one.
            #expect(stand.upstream.connections - before <= 10)
        }

        @Test func unknownFieldsInEventsPassByteForByte() async throws {
            let stand = try Stand.lent
            let event =
                #"{"x": [1 ,2], "model":"scripted","choices":[{"delta":{"content":"\u00e9","model":"scripted"}}]}"#
            let (_, answer) = try await stand.exchange(Stand.streamedChat()) { call in
                try await call.begin()
                try await call.send(event: event)
                try await call.finishStream()
            }
            let wanted =
                #"{"x": [1 ,2], "model":"gemma-tunnel","choices":[{"delta":{"content":"\u00e9","model":"scripted"}}]}"#
            #expect(try EventStream(answer.text).events.first == wanted)
        }

        @Test func eventsMayBeCutAnywhere() async throws {
            let stand = try Stand.lent
            let text = ["x", "ü"].map { "data: \(UpstreamCall.words($0))\n\n" }.joined()
            let (_, answer) = try await stand.exchange(Stand.streamedChat()) { call in
                try await call.begin()
                for byte in text.utf8 { try await call.send(bytes: .init(bytes: [byte])) }
                try await call.finishStream()
            }
            let stream = try EventStream(answer.text)
            #expect(stream.content == "xü")
            #expect(stream.isDone)
        }

        @Test func aStreamThatWasAskedForButIsRefusedIsAPlainError() async throws {
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(Stand.streamedChat()) {
                try await $0.answer(
                    #"{"error":{"message":"no such tool","type":"invalid_request_error"}}"#,
                    status: 400
                )
            }
            Refusal.badRequest.expect(answer)
            #expect(answer.json["error"]["message"].string?.contains("no such tool") == true)
        }

        /// Ways in which a stream does not come to its end.
        enum Break: String, CaseIterable, Sendable {
            case closed, reset, endedWithoutDone, error
        }

        @Test(arguments: Break.allCases)
        func aStreamThatBreaksEndsWithAnErrorObject(way: Break) async throws {
            let stand = try Stand.lent
            let (call, coming) = try await stand.streaming()
            switch way {
            case .closed: call.drop()
            case .reset: call.reset()
            case .endedWithoutDone: try await call.end()
            case .error:
                // In one piece: behind an error object nobody reads on, so a second one could find the connection closed.
                let error = #"{"error":{"message":"CUDA out of memory","type":"server_error","code":500}}"#
                try await call.send(bytes: .init(string: "data: \(error)\n\ndata: [DONE]\n\n"))
            }
            let rest = try await withDeadline(10, "the stream ends") { try await coming.rest() }
            let stream = try EventStream(String(decoding: rest, as: UTF8.self))
            let failure = try #require(stream.failure, "\(String(decoding: rest, as: UTF8.self))")
            #expect(failure["message"].string?.isEmpty == false)
            if way == .error { #expect(failure["message"].string == "CUDA out of memory") }
            // SDKs read codes as text.
            if case .number = failure["code"] { Issue.record("the code is a number: \(failure)") }
            try await stand.expectServing()
        }
    }

    /// A relay that says something into long silences.
    @Suite(.stand(relay: ["--stream-keepalive", "200ms", "--stream-hold", "300ms"]))
    struct KeepaliveTests {
        @Test func silenceIsFilledWithComments() async throws {
            let stand = try Stand.lent
            let (call, coming) = try await stand.streaming()
            let text = try await withDeadline(10, "two comments come") {
                var text = ""
                while text.split(separator: "\n\n").count < 2 { text += try await coming.text(until: "\n\n") }
                return text
            }
            #expect(try EventStream(text).comments.count >= 2)
            try await call.finishStream()
            let rest = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
            #expect(rest.isDone)
        }

        @Test func aLongPrefillIsBridged() async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            // Nothing is said yet, and still the caller is told that the stream has begun.
            try await withDeadline(10, "a comment comes") {
                #expect(try await coming.head().status == 200)
                _ = try await coming.text(until: "\n\n")
            }
            call.drop()
            let rest = try await withDeadline(10, "the stream ends") { try await coming.rest() }
            #expect(try EventStream(String(decoding: rest, as: UTF8.self)).failure != nil)
        }
    }
}
