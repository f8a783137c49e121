import Dialects
import NIOCore
import Testing
import Vocabulary

@Suite("Responses: tools")
struct ResponsesToolTests {
    private static let two = #"[{"type":"function","name":"a"},{"type":"custom","name":"b"},{"type":"web_search"}]"#

    @Test(
        "which tools are offered, and which are to be used",
        arguments: [
            ("null", ["a", "b"], nil),
            (#""auto""#, ["a", "b"], .automatic),
            (#""none""#, ["a", "b"], Conversation.ToolChoice.none),
            (#""required""#, ["a", "b"], .required),
            (#"{"type":"function","name":"a"}"#, ["a", "b"], .tool("a")),
            (#"{"type":"custom","name":"b"}"#, ["a", "b"], .tool("b")),
            (#"{"type":"web_search"}"#, ["a", "b"], .automatic),
            (#"{"type":"allowed_tools","mode":"required","tools":[{"type":"custom","name":"b"}]}"#, ["b"], .required),
            (#"{"type":"allowed_tools","mode":"auto","tools":[{"type":"mcp","server_label":"x"}]}"#, [], nil),
        ] as [(String, [String], Conversation.ToolChoice?)]
    )
    func choice(_ choice: String, _ names: [String], _ expected: Conversation.ToolChoice?) throws {
        let text = #"{"model":"m","input":"x","tools":\#(Self.two),"tool_choice":\#(choice)}"#
        let conversation = try ResponsesRequest(text: text).conversation
        #expect(conversation.tools.map(\.name) == names)
        #expect(conversation.toolChoice == expected)
    }

    @Test("custom tools become functions of one text, namespaces a part of the name")
    func kinds() throws {
        let request = try ResponsesReferenceTests.request("custom-and-namespace")
        let tools = request.conversation.tools
        #expect(tools.map(\.name) == ["apply_patch", "mcp__search", "mcp__note"])
        #expect(tools[0].description?.hasPrefix("Edits files.\n\nThe input must follow this grammar (lark):\n") == true)
        #expect(tools[0].parameters["required"] == ["input"])
        #expect(tools[1].isStrict == false && tools[1].parameters["type"] == "object")
    }

    @Test("tools that come as items are tools too; those that are known already stay as they are")
    func additional() throws {
        let request = try ResponsesRequest(
            text: #"""
                {"model":"m","tools":[{"type":"function","name":"a","description":"first"}],"input":[{"role":"user","content":"x"},
                 {"type":"additional_tools","tools":[{"type":"function","name":"a"},{"type":"function","name":"c"}]}]}
                """#
        )
        #expect(request.conversation.tools.map(\.name) == ["a", "c"])
        #expect(request.conversation.tools[0].description == "first")
    }

    @Test("a choice without tools is not passed on")
    func none() throws {
        let request = try ResponsesRequest(
            text: #"{"model":"m","input":"x","tools":[],"tool_choice":"auto","parallel_tool_calls":true}"#
        )
        #expect(request.conversation.toolChoice == nil && request.conversation.allowsParallelToolCalls == nil)
    }
}

@Suite("Responses: requests that are refused")
struct ResponsesRefusalTests {
    @Test(
        "the field at fault is named",
        arguments: [
            (#"[]"#, nil),
            (#"{"input":"x"}"#, "model"),
            (#"{"model":"","input":"x"}"#, "model"),
            (#"{"model":"m"}"#, "input"),
            (#"{"model":"m","input":[]}"#, "input"),
            (#"{"model":"m","input":5}"#, "input"),
            (#"{"model":"m","input":[5]}"#, "input[0]"),
            (#"{"model":"m","input":[{"content":"x"}]}"#, "input[0].role"),
            (#"{"model":"m","input":[{"role":"user"}]}"#, "input[0].content"),
            (#"{"model":"m","input":[{"role":"tool","content":"x"}]}"#, "input[0].role"),
            (#"{"model":"m","input":[{"type":"strange"}]}"#, "input[0].type"),
            (#"{"model":"m","input":[{"type":"compaction","encrypted_content":"x"}]}"#, "input[0].type"),
            (#"{"model":"m","input":[{"type":"item_reference","id":"x"}]}"#, "input[0].id"),
            (
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}"#,
                "input[0].content[0].file_id"
            ),
            (
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_url":"f"}]}]}"#,
                "input[0].content[0].file_url"
            ),
            (#"{"model":"m","input":[{"role":"user","content":[{"type":"video"}]}]}"#, "input[0].content[0].type"),
            (
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"","format":"ogg"}}]}]}"#,
                "input[0].content[0].input_audio.format"
            ),
            (
                #"{"model":"m","input":[{"role":"system","content":[{"type":"input_image","image_url":"data:"}]}]}"#,
                "input[0].content"
            ),
            (#"{"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]}"#, "input[0].call_id"),
            (
                #"{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]}"#,
                "input[0].arguments"
            ),
            (
                #"{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}"#,
                "input[0]"
            ),
            (#"{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":"x"}]}"#, "input[0]"),
            (#"{"model":"m","input":"x","background":1}"#, "background"),
            (#"{"model":"m","input":"x","conversation":"c"}"#, "conversation"),
            (#"{"model":"m","input":"x","prompt":{"id":"p"}}"#, "prompt"),
            (#"{"model":"m","input":"x","previous_response_id":5}"#, "previous_response_id"),
            (#"{"model":"m","input":"x","instructions":["a"]}"#, "instructions"),
            (#"{"model":"m","input":"x","temperature":"hot"}"#, "temperature"),
            (#"{"model":"m","input":"x","max_output_tokens":0}"#, "max_output_tokens"),
            (#"{"model":"m","input":"x","top_logprobs":21}"#, "top_logprobs"),
            (#"{"model":"m","input":"x","reasoning":{"effort":"huge"}}"#, "reasoning.effort"),
            (#"{"model":"m","input":"x","text":{"format":{"type":"xml"}}}"#, "text.format.type"),
            (#"{"model":"m","input":"x","text":{"format":{"type":"json_schema","name":"n"}}}"#, "text.format.schema"),
            (#"{"model":"m","input":"x","tools":[{"type":"function"}]}"#, "tools[0].name"),
            (
                #"{"model":"m","input":"x","tools":[{"type":"function","name":"a"},{"type":"custom","name":"a"}]}"#,
                "tools[1].name"
            ),
            (
                #"{"model":"m","input":"x","tools":[{"type":"function","name":"a","parameters":5}]}"#,
                "tools[0].parameters"
            ),
            (#"{"model":"m","input":"x","tool_choice":"required"}"#, "tool_choice"),
            (#"{"model":"m","input":"x","tool_choice":"maybe"}"#, "tool_choice"),
            (#"{"model":"m","input":"x","tool_choice":{"type":"function","name":"a"}}"#, "tool_choice.name"),
            (#"{"model":"m","input":"x","include":[1]}"#, "include[0]"),
            (#"{"model":"m","input":"x","metadata":"x"}"#, "metadata"),
            (#"{"model":"m","input":"x","stream":"yes"}"#, "stream"),
        ] as [(String, String?)]
    )
    func refused(_ text: String, _ parameter: String?) {
        let error = #expect(throws: GatewayError.self) { try ResponsesRequest(text: text) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.parameter == parameter)
    }

    @Test("a null is an absent field")
    func nulls() throws {
        let nulls = try ResponsesRequest(
            text: #"""
                {"model":"m","input":"x","instructions":null,"background":null,"conversation":null,"prompt":null,"tools":null,
                 "tool_choice":null,"text":null,"reasoning":null,"metadata":null,"previous_response_id":null,"stream":null,
                 "temperature":null,"include":null,"max_output_tokens":null,"store":null,"user":null,"top_logprobs":null}
                """#
        )
        #expect(nulls == (try ResponsesRequest(text: #"{"model":"m","input":"x"}"#)))
    }
}
