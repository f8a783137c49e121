import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Callers of every dialect that leave early.
    @Suite(.stand())
    struct DialectCancelTests {
        /// Path and body of a streamed call in each dialect that is translated.
        static func calls(_ prompt: String = "Hello") -> [(path: String, body: String)] {
            let model = Stand.deployment
            let turn = #"{"role":"user","content":"\#(prompt)"}"#
            return [
                ("/v1/messages", #"{"model":"\#(model)","max_tokens":9,"stream":true,"messages":[\#(turn)]}"#),
                ("/v1/responses", #"{"model":"\#(model)","stream":true,"input":"\#(prompt)"}"#),
                (
                    "/v1beta/models/\(model):streamGenerateContent?alt=sse",
                    #"{"contents":[{"parts":[{"text":"\#(prompt)"}]}]}"#
                ),
            ]
        }

        @Test(arguments: Self.calls())
        func theModelStops(path: String, body: String) async throws {
            let stand = try Stand.lent
            for saysSomething in [false, true] {
                let coming = try await stand.caller.start("POST", path, body: body)
                let call = try await stand.upstream.nextCall()
                if saysSomething {
                    try await call.begin()
                    try await call.send(event: UpstreamCall.words("first"))
                    let head = try await withDeadline(10, "the head comes") { try await coming.head() }
                    #expect(head.status == 200)
                }
                coming.leave()
                try await call.disconnected.wait(within: 5, "the upstream request is closed")
            }
            try await stand.expectServing()
        }

        @Test(arguments: Self.calls())
        func eventsMayBeCutAnywhere(path: String, body: String) async throws {
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(body, path: path) { call in
                try await call.begin()
                for byte in "data: \(UpstreamCall.words("xü"))\n\n".utf8 {
                    try await call.send(bytes: .init(bytes: [byte]))
                }
                try await call.finishStream()
            }
            #expect(answer.status == 200 && answer.text.contains("xü"), "\(answer.text)")
            if path.contains("Generate") { _ = try GeminiChunks(answer.text) } else { _ = try NamedEvents(answer.text) }
        }
    }
}
