import TestSupport
import Testing

/// Items that a model server has named itself.
extension EndToEnd.NativeTests {
    @Test(arguments: [true, false])
    func anItemOfTheServersOwnIsFoundAgain(isStreamed: Bool) async throws {
        try await Stand.with(Self.plan(.vllm, ["/v1/responses"])) { stand in
            let input = #"[{"type":"message","id":"mine","role":"user","content":"What is an adit?"}]"#
            let body = #"{"model":"\#(Stand.deployment)","stream":\#(isStreamed),"input":\#(input)}"#
            let (call, answer) = try await stand.exchange(body, path: "/v1/responses") {
                guard isStreamed else { return try await $0.answer(Self.responsesWhole) }
                try await $0.begin()
                for (number, (event, members)) in Self.responsesEvents.enumerated() {
                    let data = #"{"type":"response.\#(event)","sequence_number":\#(number),\#(members)}"#
                    try await $0.send("event: response.\(event)\ndata: \(data)\n\n")
                }
                try? await $0.end()
            }
            #expect(call.target == "/v1/responses")
            let response = isStreamed ? try NamedEvents(answer.text).last["response"] : answer.json
            let id = try #require(response["id"].string)
            #expect(response["output"][0]["id"].string == "msg_1")
            let references = ["mine", "msg_1"].map { #"{"type":"item_reference","id":"\#($0)"}"# }
            let items = references.joined(separator: ",") + #",{"role":"user","content":"Why?"}"#
            let next = #"{"model":"\#(Stand.deployment)","input":[\#(items)]}"#
            let other = stand.caller.with(key: try await stand.relay.createKey().secret)
            #expect(try await other.post("/v1/responses", next).status == 400)
            for _ in 0..<2 {
                let (second, told) = try await stand.exchange(next, path: "/v1/responses") {
                    try await $0.answer(UpstreamCall.chat("Yes."))
                }
                #expect(told.status == 200)
                let said = second.json["messages"].array?.map { $0["content"].string }
                #expect(said == ["What is an adit?", "A way in.", "Why?"])
            }
            #expect(try await stand.caller.ask("DELETE", "/v1/responses/\(id)").status == 200)
            let gone = try await stand.caller.post("/v1/responses", next)
            #expect(gone.status == 400 && gone.json["error"]["param"].string == "input[0].id")
        }
    }

    /// Whoever sends an item back takes it away from nobody, however that ends.
    @Test func anItemThatWasSentBackIsStillThere() async throws {
        try await Stand.with(Self.plan(.vllm, ["/v1/responses"])) { stand in
            let model = Stand.deployment
            let (_, first) = try await stand.exchange(#"{"model":"\#(model)","input":"a"}"#, path: "/v1/responses") {
                try await $0.answer(Self.responsesWhole)
            }
            let item = first.json["output"][0]
            #expect(item["id"].string == "msg_1")
            let said = #"{"type":"message","id":"msg_1","role":"assistant","content":"A way in."}"#
            let again =
                #""model":"\#(model)","input":[{"role":"user","content":"a"},\#(said),{"role":"user","content":"b"}]"#
            let (_, second) = try await stand.exchange("{\(again)}", path: "/v1/responses") {
                try await $0.answer(Self.responsesWhole)
            }
            let id = try #require(second.json["id"].string)
            #expect(try await stand.caller.ask("DELETE", "/v1/responses/\(id)").status == 200)
            let socket = try await SocketCaller.open(stand.caller)
            for step in ["deleted", "on a WebSocket", "WebSocket closed"] {
                if step == "on a WebSocket" {
                    try await socket.say(#"{"type":"response.create","store":false,\#(again)}"#)
                    try await stand.upstream.nextCall(within: 60).stream(["yes"])
                    _ = try await socket.messages(until: "response.completed")
                } else if step == "WebSocket closed" {
                    socket.wire.leave()
                }
                let reference = #"{"type":"item_reference","id":"msg_1"},{"role":"user","content":"Why?"}"#
                let (call, told) = try await stand.exchange(
                    #"{"model":"\#(model)","store":false,"input":[\#(reference)]}"#,
                    path: "/v1/responses"
                ) { try await $0.answer(UpstreamCall.chat("Yes.")) }
                #expect(told.status == 200, "\(step): \(told.text)")
                #expect(call.json["messages"][0]["content"].string == "A way in.")
            }
        }
    }

    /// What only vLLM's own Responses can say is not left out where the request goes elsewhere.
    @Test func whatChatCannotSayIsRefused() async throws {
        try await Stand.with(Self.plan(.vllm, ["/v1/responses"])) { stand in
            for more in ["", #","include":["reasoning.encrypted_content"]"#] {
                let members = #""previous_input_messages":[{"role":"user","content":"earlier"}]\#(more)"#
                let body = #"{"model":"\#(Stand.deployment)","input":"good",\#(members)}"#
                if more.isEmpty {
                    let (call, _) = try await stand.exchange(body, path: "/v1/responses") {
                        try await $0.answer(Self.responsesWhole)
                    }
                    #expect(call.target == "/v1/responses" && call.text.contains("earlier"))
                } else {
                    let answer = try await stand.caller.post("/v1/responses", body)
                    #expect(answer.status == 400, "\(answer.text)")
                    #expect(answer.json["error"]["param"].string == "previous_input_messages")
                }
            }
        }
    }
}
