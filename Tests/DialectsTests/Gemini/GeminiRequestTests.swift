import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Gemini: requests")
struct GeminiRequestTests {
    private static let contents = #""contents":[{"parts":[{"text":"?"}]}]"#

    @Test(
        "what is refused is named",
        arguments: [
            ("[]", nil), ("{}", "contents"), (#"{"contents":[]}"#, "contents"), (#"{"contents":3}"#, "contents"),
            (#"{"contents":[3]}"#, "contents[0]"), (#"{"contents":[{"parts":[{"text":""}]}]}"#, "contents"),
            (#"{"contents":[{"role":"system","parts":[]}]}"#, "contents[0].role"),
            (#"{"contents":[{"parts":[{"text":3}]}]}"#, "contents[0].parts[0].text"),
            (#"{"contents":[{"parts":[{}]}]}"#, "contents[0].parts[0]"),
            (#"{"contents":[{"parts":[{"functionCall":{"name":"f"}}]}]}"#, "contents[0].parts[0].functionCall"),
            (
                #"{"contents":[{"role":"model","parts":[{"functionCall":{}}]}]}"#,
                "contents[0].parts[0].functionCall.name"
            ),
            (
                #"{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":"{}"}}]}]}"#,
                "contents[0].parts[0].functionCall.args"
            ),
            (
                #"{"contents":[{"role":"model","parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}]}"#,
                "contents[0].parts[0].inlineData"
            ),
            (
                #"{"contents":[{"parts":[{"inline_data":{"mime_type":"video/mp4","data":"AAAA"}}]}]}"#,
                "contents[0].parts[0].inlineData.mimeType"
            ),
            (
                #"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"A"}}]}]}"#,
                "contents[0].parts[0].inlineData.data"
            ),
            (
                #"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"A*AA"}}]}]}"#,
                "contents[0].parts[0].inlineData.data"
            ),
            (
                #"{"contents":[{"parts":[{"inlineData":{"mimeType":"text/plain","data":"/w=="}}]}]}"#,
                "contents[0].parts[0].inlineData.data"
            ),
            (
                #"{"contents":[{"parts":[{"fileData":{"mimeType":"image/png","fileUri":"gs://a/b"}}]}]}"#,
                "contents[0].parts[0].fileData.fileUri"
            ),
            (
                #"{"contents":[{"parts":[{"fileData":{"mimeType":"image/png","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/x"}}]}]}"#,
                "contents[0].parts[0].fileData.fileUri"
            ),
            (
                #"{"contents":[{"parts":[{"fileData":{"mimeType":"video/mp4","fileUri":"https://a/b"}}]}]}"#,
                "contents[0].parts[0].fileData.mimeType"
            ),
            (
                #"{"contents":[{"role":"function","parts":[{"functionResponse":{"response":{}}}]}]}"#,
                "contents[0].parts[0].functionResponse.name"
            ),
        ] as [(String, String?)]
    )
    func refusedContents(body: String, parameter: String?) {
        Self.expectRefusal(body, parameter)
    }

    @Test(
        "what is refused beside the contents is named",
        arguments: [
            (#""cachedContent":"cachedContents/x""#, "cachedContent"),
            (#""systemInstruction":{"parts":[{"inlineData":{}}]}"#, "systemInstruction.parts[0]"),
            (#""systemInstruction":3"#, "systemInstruction"),
            (#""tools":[{"functionDeclarations":[{}]}]"#, "tools[0].functionDeclarations[0].name"),
            (#""tools":[{"file_search":{}}]"#, "tools[0].fileSearch"),
            (
                #""tools":[{"functionDeclarations":[{"name":"f","parameters":{"properties":{"a":{"type":"TEXT"}}}}]}]"#,
                "tools[0].functionDeclarations[0].parameters.properties.a.type"
            ),
            (
                #""toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"#, "toolConfig.functionCallingConfig.mode"
            ),
            (
                #""tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"X"}}"#,
                "toolConfig.functionCallingConfig.mode"
            ),
            (
                #""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}}"#,
                "toolConfig.functionCallingConfig.allowedFunctionNames[0]"
            ),
            (#""generationConfig":[]"#, "generationConfig"),
            (#""generationConfig":{"temperature":"hot"}"#, "generationConfig.temperature"),
            (#""generationConfig":{"maxOutputTokens":0}"#, "generationConfig.maxOutputTokens"),
            (#""generationConfig":{"seed":1.5}"#, "generationConfig.seed"),
            (#""generationConfig":{"candidateCount":0}"#, "generationConfig.candidateCount"),
            (#""generationConfig":{"logprobs":2}"#, "generationConfig.logprobs"),
            (#""generationConfig":{"stopSequences":"x"}"#, "generationConfig.stopSequences"),
            (#""generationConfig":{"stopSequences":["x",1]}"#, "generationConfig.stopSequences[1]"),
            (#""generationConfig":{"responseModalities":["TEXT","IMAGE"]}"#, "generationConfig.responseModalities[1]"),
            (#""generationConfig":{"responseMimeType":"image/png"}"#, "generationConfig.responseMimeType"),
            (#""generationConfig":{"responseMimeType":"text/x.enum"}"#, "generationConfig.responseMimeType"),
            (
                #""generationConfig":{"responseMimeType":"text/plain","responseSchema":{}}"#,
                "generationConfig.responseMimeType"
            ),
            (
                #""generationConfig":{"thinkingConfig":{"thinkingLevel":"HUGE"}}"#,
                "generationConfig.thinkingConfig.thinkingLevel"
            ),
            (
                #""generationConfig":{"thinkingConfig":{"thinkingBudget":-2}}"#,
                "generationConfig.thinkingConfig.thinkingBudget"
            ),
        ]
    )
    func refusedSettings(members: String, parameter: String) {
        Self.expectRefusal("{\(Self.contents),\(members)}", parameter)
    }

    @Test(
        "thinking",
        arguments: [
            ("{}", nil, false), (#"{"thinkingBudget":0}"#, .off, false), (#"{"thinkingBudget":-1}"#, nil, false),
            (#"{"thinkingBudget":"1024","includeThoughts":true}"#, .effort("low"), true),
            (#"{"thinking_budget":4000}"#, .effort("medium"), false),
            (#"{"thinkingBudget":24576}"#, .effort("high"), false),
            (#"{"thinkingLevel":"MINIMAL"}"#, .effort("minimal"), false),
            (#"{"thinkingLevel":"XHIGH","thinkingBudget":1}"#, .effort("xhigh"), false),
            (#"{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED","include_thoughts":true}"#, nil, true),
        ] as [(String, Conversation.Reasoning?, Bool)]
    )
    func thinking(config: String, reasoning: Conversation.Reasoning?, includesThoughts: Bool) throws {
        let request = try Self.read("{\(Self.contents),\"generationConfig\":{\"thinkingConfig\":\(config)}}")
        #expect(request.conversation.reasoning == reasoning)
        #expect(request.includesThoughts == includesThoughts)
    }

    @Test("tokens are counted of contents, or of a whole request")
    func counting() throws {
        let whole = "{\(Self.contents),\"systemInstruction\":\"s\"}"
        let messages: [Message] = [.system("s"), .user([.text("?")])]
        for body in [whole, "{\"generateContentRequest\":\(whole)}", "{\"generate_content_request\":\(whole)}"] {
            let request = try GeminiRequest(countingIn: JSONValue(reading: body), model: "m")
            #expect(request.conversation.messages == messages)
            #expect(request.conversation.model == "m")
        }
        Self.expectRefusal("{}", "contents")
        #expect(String(buffer: Gemini.tokenCount(31)) == #"{"totalTokens":31}"#)
    }

    @Test("a stream is one only where the path says so")
    func streams() throws {
        let body = try JSONValue(reading: "{\(Self.contents)}")
        #expect(try !GeminiRequest(reading: body, model: "m").conversation.streams)
        #expect(try GeminiRequest(reading: body, model: "m", framing: .array).conversation.streams)
    }

    @Test("an answer goes to a call of the last turn first, and ids made here meet no other")
    func calls() throws {
        let request = try Self.read(
            """
            {"contents":[
              {"role":"user","parts":[{"text":"1"}]},
              {"role":"model","parts":[{"functionCall":{"id":"call_0","name":"f"}},{"functionCall":{"name":"f"}}]},
              {"role":"user","parts":[{"text":"2"}]},
              {"role":"model","parts":[{"functionCall":{"name":"f"}}]},
              {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"last"}}},
                {"functionResponse":{"name":"f","response":{"result":"first"}}},
                {"functionResponse":{"name":"f","id":"own","response":{"result":"second"}}},
                {"functionResponse":{"name":"g","response":{"result":null}}}]}
            ]}
            """
        )
        let results = request.conversation.messages.compactMap { message -> String? in
            guard case .toolResult(let result) = message, case .text(let text)? = result.parts.first else { return nil }
            return "\(result.callID) \(text)"
        }
        #expect(results == ["call_2 last", "call_0 first", "call_1 second", "call_3 null"])
    }

    private static func read(_ body: String) throws -> GeminiRequest {
        try GeminiRequest(reading: JSONValue(reading: body), model: "m")
    }

    private static func expectRefusal(_ body: String, _ parameter: String?) {
        let error = #expect(throws: GatewayError.self) { _ = try Self.read(body) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.parameter == parameter)
        if let parameter { #expect(error?.message.contains("`\(parameter)`") == true) }
    }
}
