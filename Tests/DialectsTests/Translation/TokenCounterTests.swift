import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("How servers are asked for a number of tokens")
struct TokenCounterTests {
    private static let messages = """
        {"model":"m","system":"x-anthropic-billing-header: cc=1;\\nBe brief.","messages":[\
        {"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look",\
        "input":{"x":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"42"}]}],\
        "tools":[{"name":"look","description":"Looks.","input_schema":{"type":"object","properties":{}}}]}
        """

    private func ask(
        _ server: ModelServer,
        _ endpoint: Endpoint = .messagesTokenCount,
        _ body: String = Self.messages
    ) throws -> (counter: TokenCounter, body: JSONValue) {
        let translation = try Translation(endpoint, reading: ByteBuffer(string: body))
        let manner = try #require(translation.manner(for: server))
        guard case .counting(let counter) = manner else { throw Unexpected() }
        return (counter, try JSONValue(reading: translation.body(manner, upstreamModel: "own", kind: server.kind)))
    }

    private struct Unexpected: Error {}

    private func outcome(_ counter: TokenCounter, _ answer: String) -> TokenCounter.Outcome {
        counter.read(ByteBuffer(string: answer))
    }

    @Test("llama.cpp takes the body of the call itself")
    func llamaCpp() throws {
        let (counter, body) = try self.ask(ModelServer(kind: .llamaCpp, services: [.chatTokenCount]))
        #expect(counter.service.path == "/v1/chat/completions/input_tokens")
        #expect(body["model"]?.string == "own")
        #expect(body["messages"]?.array?.count == 4)
        #expect(body["messages"]?.array?.first?["content"]?.string == "Be brief.")
        #expect(body["tools"]?.array?.count == 1)
        #expect(body["stream"] == nil)
        #expect(self.outcome(counter, #"{"object":"response.input_tokens","input_tokens":31}"#) == .count(31))
        #expect(self.outcome(counter, #"{"error":"no"}"#) == .unknown)
        #expect(self.outcome(counter, "<html>") == .unknown)
    }

    @Test("an older llama.cpp applies the template first")
    func template() throws {
        let server = ModelServer(kind: .llamaCpp, services: [.template, .tokenizer])
        let (counter, body) = try self.ask(server)
        #expect(counter.service.path == "/apply-template")
        #expect(body["messages"]?.array?.count == 4)
        guard case .ask(let next) = self.outcome(counter, #"{"prompt":"<|user|>Hi"}"#) else { throw Unexpected() }
        #expect(next.service.path == "/tokenize")
        let translation = try Translation(.messagesTokenCount, reading: ByteBuffer(string: Self.messages))
        let question = translation.body(.counting(next), upstreamModel: "own", kind: .llamaCpp)
        #expect(String(buffer: question) == #"{"content":"<|user|>Hi","add_special":true,"parse_special":true}"#)
        #expect(self.outcome(next, #"{"tokens":[1,5,9]}"#) == .count(3))
        #expect(self.outcome(next, #"{"tokens":7}"#) == .unknown)
        #expect(self.outcome(counter, #"{"prompt":1}"#) == .unknown)
    }

    @Test("vLLM tokenizes a conversation")
    func vllm() throws {
        let (counter, body) = try self.ask(ModelServer(kind: .vllm, services: [.tokenizer]))
        #expect(counter.service.path == "/tokenize")
        #expect(body.object?.members.map(\.key) == ["model", "messages", "tools", "add_generation_prompt"])
        #expect(self.outcome(counter, #"{"count":12,"max_model_len":4096,"tokens":[1,2]}"#) == .count(12))
    }

    @Test("SGLang counts Messages; other dialects are told in its words")
    func sglang() throws {
        let server = ModelServer(kind: .sglang, services: [.messagesTokenCount])
        let (counter, body) = try self.ask(server)
        #expect(counter.service.path == "/v1/messages/count_tokens")
        #expect(body["system"]?.string == "Be brief.")
        #expect(body["model"]?.string == "own")
        #expect(self.outcome(counter, #"{"input_tokens":12}"#) == .count(12))
        let other = """
            {"model":"m","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"},\
            {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},\
            {"type":"function_call","call_id":"c1","name":"look","arguments":"{\\"x\\":1}"},\
            {"type":"function_call_output","call_id":"c1","output":"42"}],\
            "tools":[{"type":"function","name":"look","parameters":{"type":"object","properties":{}}}]}
            """
        let told = try self.ask(server, .responsesTokenCount, other).body
        let expected = """
            {"model":"own","system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"Hi"},\
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},\
            {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"look","input":{"x":1}}]},\
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"42"}]}],\
            "tools":[{"name":"look","input_schema":{"type":"object","properties":{}}}]}
            """
        #expect(told.text == expected)
    }

    @Test(
        "servers that do not count are not asked",
        arguments: [
            ModelServer(), ModelServer(kind: .ollama), ModelServer(kind: .lmStudio, services: [.messages]),
            ModelServer(kind: .llamaCpp, services: [.template]), ModelServer(kind: .generic, services: [.tokenizer]),
        ]
    )
    func nobody(server: ModelServer) throws {
        let translation = try Translation(.messagesTokenCount, reading: ByteBuffer(string: Self.messages))
        #expect(translation.manner(for: server) == nil)
    }
}
