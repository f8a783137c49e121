import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Requests of Responses that go to a server as they came")
struct NativeResponsesRequestTests {
    private static func translation(_ more: String = "") throws -> Translation {
        let body = #"{"model":"public","input":"x","stream":true\#(more)}"#
        return try Translation(.responses, reading: ByteBuffer(string: body))
    }

    @Test(
        "a request passes where the server understands all of it",
        arguments: [
            ("", UpstreamKind.vllm, true), ("", .sglang, true), ("", .lmStudio, true),
            (
                #","store":false,"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"auto""#, .vllm,
                true
            ),
            (#","text":{"format":{"type":"json_object"}}"#, .vllm, false),
            (#","text":{"format":{"type":"json_schema","name":"n","schema":{}}}"#, .vllm, true),
            (#","text":{"format":{"type":"json_schema","name":"n","schema":{}}}"#, .sglang, false),
            (#","metadata":{"a":"b"},"prompt_cache_key":"k","temperature":0.5,"seed":null"#, .vllm, true),
            (#","seed":1"#, .vllm, false), (#","guided_json":{"type":"object"}"#, .vllm, false),
            (#","presence_penalty":1.5,"min_p":0.2"#, .vllm, false),
            (#","presence_penalty":1.5,"min_p":0.2"#, .sglang, true), (#","seed":1"#, .sglang, false),
            (#","presence_penalty":1.5"#, .lmStudio, false), (#","odd":1"#, .lmStudio, false),
            (#","previous_input_messages":[{"role":"user","content":"earlier"}]"#, .vllm, true),
            (#","enable_response_messages":true,"vllm_xargs":{"a":1},"request_id":"r""#, .vllm, true),
            (#","vllm_xargs":{"a":1}"#, .sglang, false),
            (#","cache_salt":"s""#, .vllm, true), (#","cache_salt":"s""#, .lmStudio, false),
            (#","input":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]"#, .vllm, true),
            (#","input":[{"role":"developer","content":"y"},{"role":"user","content":"x"}]"#, .vllm, false),
            (#","input":[{"role":"system","content":"y"},{"role":"user","content":"x"}]"#, .sglang, false),
            (#","tools":[{"type":"function","name":"f","parameters":{},"strict":true}]"#, .vllm, false),
            (#","tools":[{"type":"function","name":"f","parameters":{},"strict":false}]"#, .vllm, true),
            (#","text":{"format":{"type":"json_object"}}"#, .sglang, false),
            (#","include":["reasoning.encrypted_content"]"#, .vllm, false),
            (#","reasoning":{"summary":"auto"}"#, .vllm, false),
            (#","reasoning":{"effort":"low"}"#, .vllm, true), (#","reasoning":{"effort":"high"}"#, .sglang, true),
            (#","reasoning":{"effort":"none"}"#, .vllm, false), (#","reasoning":{"effort":"minimal"}"#, .sglang, false),
            (#","reasoning":{"effort":"max"}"#, .vllm, false),
            (#","service_tier":"fast","include":["web_search_call.results"],"truncation":"auto""#, .vllm, true),
            (#","tools":[{"type":"custom","name":"f"}]"#, .vllm, false),
            (#","tools":[{"type":"function","name":"f","parameters":{}}],"parallel_tool_calls":false"#, .vllm, false),
        ] as [(String, UpstreamKind, Bool)]
    )
    func faithful(more: String, kind: UpstreamKind, passes: Bool) throws {
        let server = ModelServer(kind: kind, services: [.chat, .responses])
        #expect(try Self.translation(more).manner(for: server) == (passes ? .native(.responses) : .translated))
        #expect(try Self.translation(more).manner(for: ModelServer(kind: kind)) == .translated)
    }

    @Test("what vLLM's Chat knows too goes along where the rest is translated")
    func serverMembers() throws {
        let body = try Self.translation(#","vllm_xargs":{"a":1},"seed":1"#).body(
            .translated,
            upstreamModel: "own",
            kind: .vllm
        )
        #expect(try JSONValue(reading: body)["vllm_xargs"] == ["a": 1])
    }

    @Test("a chain is translated, since it lives here")
    func chain() throws {
        let body = #"{"model":"public","input":"x","previous_response_id":"resp_1"}"#
        let memory = Translation.Memory(chain: { _ in [["role": "user", "content": "before"]] })
        let translation = try Translation(.responses, reading: ByteBuffer(string: body), memory: memory)
        #expect(translation.manner(for: ModelServer(kind: .vllm, services: [.responses])) == .translated)
    }

    @Test("what goes to the server is the request as it came, not to be stored there")
    func request() throws {
        let body = try Self.translation(#","top_k":7"#).body(.native(.responses), upstreamModel: "own", kind: .vllm)
        #expect(String(buffer: body) == #"{"model":"own","input":"x","stream":true,"top_k":7,"store":false}"#)
    }

    @Test("what only OpenAI's own servers give is not asked of others, which refuse its words or cut the prompt")
    func forOpenAI() throws {
        let logprobs = "message.output_text.logprobs"
        let samples: [(included: String, kept: JSONValue?)] = [
            (#""web_search_call.results""#, nil),
            (#""web_search_call.action.sources","\#(logprobs)""#, [.string(logprobs)]),
        ]
        for (included, kept) in samples {
            let more = #","service_tier":"fast","truncation":"auto","include":[\#(included)]"#
            let bytes = try Self.translation(more).body(.native(.responses), upstreamModel: "own", kind: .vllm)
            let body = try JSONValue(reading: bytes)
            #expect(body["service_tier"] == nil && body["truncation"] == nil, "\(body.text)")
            #expect(body["include"] == kept && body["store"] == false, "\(body.text)")
        }
    }
}
