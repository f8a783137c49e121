import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// What a request must have (OpenAI API reference: required members of each endpoint), and what is said when it has not.
@Suite("Understanding a request")
struct PreparedRequestTests {
    private func prepared(_ body: String, _ endpoint: Endpoint) throws -> PreparedRequest {
        var scanner = RequestScanner()
        scanner.scan(ByteBuffer(string: body))
        return try PreparedRequest(scanner.finish().get(), endpoint: endpoint)
    }

    @Test(
        "what is at fault is named",
        arguments: [
            (.chatCompletions, "[]", nil, "object"),
            (.chatCompletions, "{}", "model", "missing or empty"),
            (.chatCompletions, #"{"model":null,"messages":[1]}"#, "model", "missing or empty"),
            (.chatCompletions, #"{"model":"","messages":[1]}"#, "model", "missing or empty"),
            (.chatCompletions, #"{"model":7,"messages":[1]}"#, "model", "must be a string"),
            (.chatCompletions, #"{"model":"a","messages":[1],"stream":"yes"}"#, "stream", "true or false"),
            (.chatCompletions, #"{"model":"a"}"#, "messages", "missing"),
            (.chatCompletions, #"{"model":"a","messages":[]}"#, "messages", "empty"),
            (.chatCompletions, #"{"model":"a","messages":null}"#, "messages", "empty"),
            (.chatCompletions, #"{"model":"a","messages":"hello"}"#, "messages", "must be an array"),
            (.chatCompletions, #"{"model":"a","messages":{"a":1}}"#, "messages", "must be an array"),
            (.chatCompletions, #"{"model":"a","prompt":"a"}"#, "messages", "missing"),
            (.completions, #"{"prompt":"a"}"#, "model", "missing or empty"),
            (.completions, #"{"model":"a","messages":[1]}"#, "prompt", "missing"),
            (.completions, #"{"model":"a","prompt":"a","stream":0}"#, "stream", "true or false"),
            (.embeddings, #"{"input":"a"}"#, "model", "missing or empty"),
            (.embeddings, #"{"model":"a"}"#, "input", "missing"),
            (.embeddings, #"{"model":"a","input":""}"#, "input", "empty"),
            (.embeddings, #"{"model":"a","input":[]}"#, "input", "empty"),
            (.embeddings, #"{"model":"a","input":{}}"#, "input", "must be a text or an array"),
            (.embeddings, #"{"model":"a","input":1}"#, "input", "must be a text or an array"),
        ] as [(Endpoint, String, String?, String)]
    )
    func refused(_ endpoint: Endpoint, _ body: String, _ parameter: String?, _ words: String) {
        let error = #expect(throws: GatewayError.self) { try self.prepared(body, endpoint) }
        #expect(error?.code == .invalidRequest && error?.parameter == parameter)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("a model's name that is too long to be one is called that")
    func longModel() {
        let name = String(repeating: "a", count: JSONScanner.longestText + 1)
        let error = #expect(throws: GatewayError.self) {
            try self.prepared(#"{"model":"\#(name)","messages":[1]}"#, .chatCompletions)
        }
        #expect(error?.parameter == "model" && error?.message.contains("too long") == true, "\(error?.message ?? "")")
    }

    @Test(
        "a request is understood",
        arguments: [
            (.chatCompletions, #"{"model":"a","messages":[{}]}"#, false, false, false),
            (.chatCompletions, #"{"model":"a","messages":[{}],"stream":null}"#, false, false, false),
            (.chatCompletions, #"{"model":"a","messages":[{}],"stream":true}"#, true, false, false),
            (
                .chatCompletions,
                #"{"model":"a","messages":[{}],"stream":true,"stream_options":{"include_usage":true}}"#, true, true,
                false
            ),
            (.completions, #"{"model":"a","prompt":""}"#, false, false, false),
            (.completions, #"{"model":"a","prompt":["b"],"stream":true}"#, true, false, false),
            (.embeddings, #"{"model":"a","input":"b"}"#, false, false, false),
            (.embeddings, #"{"model":"a","input":[1,2],"encoding_format":"float"}"#, false, false, false),
            (.embeddings, #"{"model":"a","input":[[1]],"encoding_format":"base64"}"#, false, false, true),
            // Embeddings are never streamed.
            (.embeddings, #"{"model":"a","input":["b"],"stream":true}"#, false, false, false),
        ] as [(Endpoint, String, Bool, Bool, Bool)]
    )
    func understood(_ endpoint: Endpoint, _ body: String, _ streams: Bool, _ usage: Bool, _ base64: Bool) throws {
        let prepared = try self.prepared(body, endpoint)
        #expect(prepared.model == "a")
        #expect(prepared.streams == streams && prepared.wantsUsage == usage && prepared.wantsBase64 == base64)
    }

    @Test(
        "only what must be changed is changed",
        arguments: [
            (#"{"model":"a","messages":[1]}"#, #"{"model":"own","messages":[1]}"#),
            (#"{ "messages":[1] , "model" : "a" }"#, #"{ "messages":[1] , "model" : "own" }"#),
            (#"{"model":"own","messages":[1]}"#, #"{"model":"own","messages":[1]}"#),
            (#"{"model":"\u006fwn","messages":[1]}"#, #"{"model":"\u006fwn","messages":[1]}"#),
            (
                #"{"model":"a","messages":[1],"stream":true}"#,
                #"{"stream_options":{"include_usage":true},"model":"own","messages":[1],"stream":true}"#
            ),
            (
                #"{"stream_options":{},"messages":[1],"stream":true,"model":"a"}"#,
                #"{"stream_options":{"include_usage":true},"messages":[1],"stream":true,"model":"own"}"#
            ),
            (
                #"{"stream_options":{ "x":1 },"messages":[1],"stream":true,"model":"a"}"#,
                #"{"stream_options":{"include_usage":true, "x":1 },"messages":[1],"stream":true,"model":"own"}"#
            ),
            (
                #"{"messages":[1],"stream":true,"model":"a","stream_options":{"include_usage":false}}"#,
                #"{"messages":[1],"stream":true,"model":"own","stream_options":{"include_usage":true}}"#
            ),
            (
                #"{"messages":[1],"stream":true,"model":"a","stream_options":null}"#,
                #"{"messages":[1],"stream":true,"model":"own","stream_options":{"include_usage":true}}"#
            ),
            (
                #"{"messages":[1],"stream":true,"model":"a","stream_options":{"include_usage":true}}"#,
                #"{"messages":[1],"stream":true,"model":"own","stream_options":{"include_usage":true}}"#
            ),
            // Without a stream there is nothing to ask for; some servers refuse the member then.
            (
                #"{"model":"a","messages":[1],"stream_options":null}"#,
                #"{"model":"own","messages":[1],"stream_options":null}"#
            ),
        ]
    )
    func edits(_ body: String, _ expected: String) throws {
        let bytes = ByteBuffer(string: body)
        let edits = try self.prepared(body, .chatCompletions).edits(of: bytes, upstreamModel: "own", kind: .generic)
        #expect(edits.apply(to: bytes).map { String(buffer: $0) }.joined() == expected)
        #expect(edits.isEmpty == (body == expected))
    }

    @Test("the upstream's name is put in as JSON, and embeddings are asked nothing more")
    func otherEdits() throws {
        let body = #"{"model":"a","input":"b","stream":true}"#
        let bytes = ByteBuffer(string: body)
        let edits = try self.prepared(body, .embeddings).edits(of: bytes, upstreamModel: #"o"\n"#, kind: .generic)
        let changed = edits.apply(to: bytes).map { String(buffer: $0) }.joined()
        #expect(changed == #"{"model":"o\"\\n","input":"b","stream":true}"#)
    }

    @Test(
        "Ollama is told a limit that it would not read, by the name that it knows",
        arguments: [
            (
                #"{"max_completion_tokens":9,"messages":[1]"#,
                #"{"max_tokens":9,"max_completion_tokens":9,"messages":[1]"#
            ),
            (#"{"max_completion_tokens":9,"max_tokens":8,"messages":[1]"#, nil),
            (#"{"max_completion_tokens":9,"max_tokens":-1,"messages":[1]"#, nil),
            // The last of two members counts there.
            (
                #"{"max_completion_tokens":9,"messages":[1],"max_tokens": null "#,
                #"{"max_completion_tokens":9,"messages":[1],"max_tokens": 9 "#
            ),
            (#"{"max_completion_tokens":null,"max_tokens":null,"messages":[1]"#, nil),
            (#"{"max_completion_tokens":1e3,"messages":[1]"#, nil),
            (#"{"messages":[1]"#, nil),
        ]
    )
    func limitForOllama(_ body: String, _ expected: String?) throws {
        let ending = #","model":"own"}"#
        let bytes = ByteBuffer(string: body + ending)
        let prepared = try self.prepared(body + ending, .chatCompletions)
        let changed = prepared.edits(of: bytes, upstreamModel: "own", kind: .ollama).apply(to: bytes)
        #expect(changed.map { String(buffer: $0) }.joined() == (expected ?? body) + ending)
        #expect(prepared.edits(of: bytes, upstreamModel: "own", kind: .vllm).isEmpty)
    }

    @Test(
        "an answer may be as long as its limits allow, for every answer that is written",
        arguments: [
            (#""x":1"#, 100),
            (#""max_tokens":7"#, 7),
            (#""max_completion_tokens":7"#, 7),
            (#""max_completion_tokens":1,"max_tokens":50000"#, 50_000),
            (#""max_completion_tokens":9,"max_tokens":null"#, 9),
            (#""max_tokens":1,"n_predict":50000"#, 50_000),
            (#""max_tokens":null"#, 100),
            // Some servers take these for an answer without an end, whatever the other member says.
            (#""max_tokens":-1"#, 100),
            (#""max_completion_tokens":9,"max_tokens":-1"#, 100),
            (#""max_completion_tokens":-1,"max_tokens":200"#, 200),
            (#""max_tokens":1,"n_predict":-1"#, 100),
            (#""max_tokens":"7""#, 100),
            (#""max_tokens":"700""#, 700),
            (#""max_tokens":false"#, 100),
            (#""max_tokens":7,"max_completion_tokens":{}"#, 100),
            (#""max_tokens":7,"n":3"#, 21),
            (#""n":3"#, 300),
            (#""max_tokens":7,"best_of":20"#, 140),
            (#""max_tokens":7,"best_of":2,"n":3"#, 21),
            (#""max_tokens":7,"n":0"#, 7),
            (#""max_tokens":7,"n_cmpl":64"#, 448),
            (#""max_tokens":7,"n":2,"n_cmpl":null"#, 14),
            (#""max_tokens":7,"n":"20""#, 140),
            (#""max_tokens":7,"n":"\u0032\u0030""#, 7 * Int(Int32.max)),
            (#""max_tokens":7,"n":[]"#, 7),
            (#""max_tokens":7,"prompt":["a","b","c"]"#, 21),
            (#""max_tokens":7,"prompt":[ [1,2],[3]],"n":2"#, 28),
            // Tokens of one text.
            (#""max_tokens":7,"prompt":[1,2,3]"#, 7),
            (#""max_tokens":7,"prompt":["a"]"#, 7),
            (#""max_tokens":7,"prompt":[{"prompt_string":"a"},{"prompt_string":"b"}]"#, 14),
            (#""max_tokens":9e9,"n":9e9,"prompt":["a","b","c"]"#, .max),
        ]
    )
    func outputLimit(_ members: String, _ expected: Int) throws {
        let prompt = members.contains("prompt") ? "" : #","prompt":"x""#
        let body = #"{"model":"a",\#(members)\#(prompt)}"#
        let limit = try self.prepared(body, .completions).outputLimit(in: ByteBuffer(string: body), assuming: 100)
        #expect(limit == expected, "\(members)")
    }

    @Test("for embeddings nothing is written")
    func outputLimitOfEmbeddings() throws {
        let body = #"{"model":"a","input":"b","max_tokens":7}"#
        #expect(try self.prepared(body, .embeddings).outputLimit(in: ByteBuffer(string: body), assuming: 100) == 0)
    }
}
