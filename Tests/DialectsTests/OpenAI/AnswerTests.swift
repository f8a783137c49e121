import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Whole answers")
struct AnswerTests {
    private func inspect(_ body: String) throws -> (text: String, usage: Usage?) {
        let answer = try OpenAI.inspectAnswer(ByteBuffer(string: body), publicModel: "public")
        return (answer.pieces.map { String(buffer: $0) }.joined(), answer.usage)
    }

    @Test(
        "the outermost model is renamed, and everything else stays byte for byte",
        arguments: [
            (#"{"model":"own","choices":[]}"#, #"{"model":"public","choices":[]}"#),
            (
                #" { "choices" : [ {"model":"own"} ] , "model" : "own" } "#,
                #" { "choices" : [ {"model":"own"} ] , "model" : "public" } "#
            ),
            (
                #"{"model":"public","x":1.50,"y":"\u0061","choices":[]}"#,
                #"{"model":"public","x":1.50,"y":"\u0061","choices":[]}"#
            ),
            (#"{"model":null,"error":null,"choices":[]}"#, #"{"model":"public","error":null,"choices":[]}"#),
            (
                #"{"model":"public","choices":[],"error":false,"x":{"error":"y"}}"#,
                #"{"model":"public","choices":[],"error":false,"x":{"error":"y"}}"#
            ),
            (#"{"error":"","model":"own","choices":[]}"#, #"{"error":"","model":"public","choices":[]}"#),
            (#"{"object":"error","choices":[]}"#, #"{"model":"public","object":"error","choices":[]}"#),
        ]
    )
    func passed(_ body: String, _ expected: String) throws {
        #expect(try self.inspect(body).text == expected)
    }

    @Test(
        "an answer carries the public name whatever the upstream says for it",
        arguments: [
            (#"{"model":null,"choices":[]}"#, #"{"model":"public","choices":[]}"#),
            (#"{"model":5 ,"choices":[]}"#, #"{"model":"public" ,"choices":[]}"#),
            (#"{"choices":[],"model":true}"#, #"{"choices":[],"model":"public"}"#),
            (#"{"choices":[],"model":-1.5e3}"#, #"{"choices":[],"model":"public"}"#),
            (#"{"model":["own"],"choices":[]}"#, #"{"model":"public","choices":[]}"#),
            (#"{"model":{"model":"own"},"choices":[]}"#, #"{"model":"public","choices":[]}"#),
            (#"{"model":"own","model":"other","choices":[]}"#, #"{"model":"public","model":"public","choices":[]}"#),
            (#"{"model":"own","model":"public","choices":[]}"#, #"{"model":"public","model":"public","choices":[]}"#),
            (#" { "choices":[{"model":"own"}]}"#, #" {"model":"public", "choices":[{"model":"own"}]}"#),
        ]
    )
    func anyName(_ body: String, _ expected: String) throws {
        #expect(try self.inspect(body).text == expected)
    }

    @Test("the usage is read, wherever it stands")
    func usage() throws {
        let usage = #""usage":{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}"#
        for body in [#"\#(usage),"model":"own""#, #""model":"own",\#(usage)"#, #""x":{"usage":{}},\#(usage)"#] {
            let body = #"{"choices":[],\#(body)}"#
            #expect(try self.inspect(body).usage == Usage(input: 3, cachedInput: 1, output: 5))
        }
        for body in [#""a":1"#, #""usage":null"#, #""usage":{}"#, #""usage":[3]"#, #""x":{\#(usage)}"#] {
            #expect(try self.inspect(#"{"choices":[],\#(body)}"#).usage == nil)
        }
    }

    @Test("what llama.cpp counts is read where no usage is")
    func timings() throws {
        let timings = #""timings":{"prompt_n":3,"cache_n":2,"predicted_n":7}"#
        #expect(
            try self.inspect(#"{"choices":[],"usage":null,\#(timings)}"#).usage
                == Usage(input: 5, cachedInput: 2, output: 7)
        )
        let usage = #""usage":{"prompt_tokens":3,"completion_tokens":5}"#
        #expect(try self.inspect(#"{"choices":[],\#(usage),\#(timings)}"#).usage == Usage(input: 3, output: 5))
    }

    @Test(
        "an object without a list of choices is no answer",
        arguments: ["{}", #"{"detail":"boom"}"#, #"{"choices":null}"#, #"{"choices":{}}"#, #"{"data":[]}"#]
    )
    func noChoices(_ body: String) {
        let error = #expect(throws: GatewayError.self) { try self.inspect(body) }
        #expect(error?.code == .upstreamFailed && error?.message.contains("choices") == true)
    }

    @Test("an error is told by its own code")
    func errorCodes() {
        for body in [
            #"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}}"#,
            #"{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}"#,
        ] {
            let error = #expect(throws: GatewayError.self) { try self.inspect(body) }
            #expect(error?.code == .invalidRequest && error?.message == "too long")
            #expect(error?.reason == (body.contains("exceed") ? "context_length_exceeded" : nil))
        }
    }

    @Test(
        "what is no JSON object is no answer",
        arguments: ["", "[]", "null", "\"a\"", "{", "{}x", "<html>", "{\"a\":1,}"]
    )
    func noAnswer(_ body: String) {
        let error = #expect(throws: GatewayError.self) { try self.inspect(body) }
        #expect(error?.code == .upstreamFailed && error?.message == "The model server's answer is not a JSON object.")
    }

    @Test(
        "an error with status 200 is an error",
        arguments: [
            (#"{"error":{"message":"no room","type":"x"}}"#, "no room"), (#"{"error":"no room"}"#, "no room"),
            (#"{"error":{}}"#, "The model server answered with an error and no message."),
            // The error itself, as old vLLM sends it.
            (
                #"{"object":"error","message":"no room","type":"InternalServerError","param":null,"code":500}"#,
                "no room"
            ),
            (#"{"error":true}"#, "The model server answered with an error and no message."),
            (#"{"error":7}"#, "The model server answered with an error and no message."),
            (#"{"error":{"message":""}}"#, "The model server answered with an error and no message."),
            // LM Studio answers routes that it does not know so.
            (
                #"{"error":"Unexpected endpoint or method. (POST /v1/x). Returning 200 anyway"}"#,
                "Unexpected endpoint or method. (POST /v1/x). Returning 200 anyway"
            ),
        ]
    )
    func errors(_ body: String, _ message: String) {
        let error = #expect(throws: GatewayError.self) { try self.inspect(body) }
        #expect(error?.code == .upstreamFailed && error?.message == message)
    }

    @Test("an error is one however long its text is", arguments: [1, 1_023, 1_024, 1_025, 5_000])
    func longErrors(length: Int) {
        let body = #"{"error":"\#(String(repeating: "x", count: length))"}"#
        let error = #expect(throws: GatewayError.self) { try self.inspect(body) }
        #expect(error?.code == .upstreamFailed)
    }
}
