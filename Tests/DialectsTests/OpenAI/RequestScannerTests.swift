import NIOCore
import Testing

@testable import Dialects

/// What is found in a request's body, and where.
@Suite("Facts of a request")
struct RequestScannerTests {
    private func facts(_ body: String) throws -> RequestFacts {
        var scanner = RequestScanner()
        scanner.scan(ByteBuffer(string: body))
        return try scanner.finish().get()
    }

    private func slice(_ body: String, _ range: Range<Int>?) -> String? {
        range.map { String(decoding: Array(body.utf8)[$0], as: UTF8.self) }
    }

    @Test(
        "the model's name and its place",
        arguments: [
            (#"{"model":"a/b:c"}"#, "a/b:c", #""a/b:c""#), (#"{"x":"é", "model" : "a" }"#, "a", #""a""#),
            (#"{"model":"\u0061\/b"}"#, "a/b", #""\u0061\/b""#), (#"{"mod\u0065l":"a"}"#, "a", #""a""#),
            (#"{"x":{"model":"in"},"y":[{"model":"in"}],"model":"out"}"#, "out", #""out""#),
            (#"  {"model":"é😀"}"#, "é😀", #""é😀""#), (#"{"model":""}"#, "", #""""#),
        ]
    )
    func model(_ body: String, _ name: String, _ value: String) throws {
        let facts = try self.facts(body)
        #expect(facts.model?.text == name)
        #expect(self.slice(body, facts.model?.value) == value)
        #expect(!facts.modelIsWrongKind && facts.isObject && !facts.isEmptyObject)
    }

    @Test("a model that is no text", arguments: ["1", "true", "[]", #"["a"]"#, "{}", #"{"a":"b"}"#])
    func modelOfWrongKind(_ value: String) throws {
        let facts = try self.facts(#"{"model":\#(value)}"#)
        #expect(facts.model == nil && facts.modelIsWrongKind)
    }

    @Test("a model that is null is none", arguments: [#"{"model":null}"#, "{}", #"{"x":"model"}"#])
    func noModel(_ body: String) throws {
        let facts = try self.facts(body)
        #expect(facts.model == nil && !facts.modelIsWrongKind)
        #expect(facts.isEmptyObject == (body == "{}"))
    }

    @Test(
        "whether there is something in messages, prompt and input",
        arguments: [
            ("[]", .empty), ("[ ]", .empty), ("null", .empty), ("[1]", .filled), ("[{}]", .filled), ("[[]]", .filled),
            ("[null]", .filled), ("{}", .wrongKind), (#"{"a":1}"#, .wrongKind), ("1", .wrongKind), ("true", .wrongKind),
        ] as [(String, RequestFacts.Presence)]
    )
    func presence(_ value: String, _ expected: RequestFacts.Presence) throws {
        #expect(try self.facts(#"{"messages":\#(value)}"#).messages == expected)
        #expect(try self.facts(#"{"prompt":\#(value)}"#).prompt == expected)
        #expect(try self.facts(#"{"input":\#(value)}"#).input == expected)
    }

    @Test("a text may be a prompt and an input, and no messages")
    func texts() throws {
        let long = String(repeating: "a", count: JSONScanner.longestText + 1)
        for (text, expected) in [("", .empty), ("a", .filled), (long, .filled)] as [(String, RequestFacts.Presence)] {
            let facts = try self.facts(#"{"messages":"\#(text)","prompt":"\#(text)","input":"\#(text)"}"#)
            #expect(facts.messages == .wrongKind && facts.prompt == expected && facts.input == expected)
        }
        #expect(try self.facts("{}").messages == .missing)
    }

    @Test(
        "whether the answer is to be streamed",
        arguments: [
            ("true", true, false), ("false", false, false), ("null", nil, false), (#""true""#, nil, true),
            ("1", nil, true), ("[]", nil, true), ("{}", nil, true),
        ] as [(String, Bool?, Bool)]
    )
    func stream(_ value: String, _ stream: Bool?, _ isWrongKind: Bool) throws {
        let facts = try self.facts(#"{"stream":\#(value),"a":{"stream":true}}"#)
        #expect(facts.stream == stream && facts.streamIsWrongKind == isWrongKind)
    }

    @Test(
        "what is said of the usage",
        arguments: [
            ("{}", true, true, nil, nil), ("null", false, true, nil, nil), ("[1]", false, false, nil, nil),
            (#"{"include_usage":true}"#, true, false, true, "true"),
            (#"{ "a":{"include_usage":true}, "include_usage" : false }"#, true, false, false, "false"),
            (#"{"include_usage":null}"#, true, false, nil, "null"),
            (#"{"include_usage":{"a":[1]}}"#, true, false, nil, #"{"a":[1]}"#), (#"{"a":1}"#, true, false, nil, nil),
        ] as [(String, Bool, Bool, Bool?, String?)]
    )
    func streamOptions(_ value: String, _ isObject: Bool, _ isEmpty: Bool, _ includes: Bool?, _ place: String?) throws {
        let body = #"{"include_usage":true,"stream_options":\#(value),"b":{"include_usage":true}}"#
        let options = try #require(try self.facts(body).streamOptions)
        #expect(self.slice(body, options.value) == value)
        #expect(options.isObject == isObject && options.isEmpty == isEmpty && options.includesUsage == includes)
        #expect(self.slice(body, options.includeUsageValue) == place)
    }

    @Test("what is no object has no facts", arguments: ["[]", #"[{"model":"a"}]"#, "null", #""model""#, "1"])
    func noObject(_ body: String) throws {
        let facts = try self.facts(body)
        #expect(!facts.isObject && facts.model == nil)
    }

    @Test(
        "a member that decides must not stand twice, others may",
        arguments: [
            ("model", #""a""#), ("stream", "true"), ("messages", "[]"), ("prompt", "1"), ("input", "1"),
            ("stream_options", "{}"), ("encoding_format", "1"),
        ]
    )
    func twice(_ name: String, _ value: String) throws {
        let body = #"{"\#(name)":\#(value),"\#(name)":\#(value)}"#
        let fault = #expect(throws: JSONFault.self) { try self.facts(body) }
        #expect(fault?.reason == "«\(name)», which stands there a second time,")
        #expect(fault?.offset == body.utf8.count - 1 - value.utf8.count)
        #expect(throws: JSONFault.self) {
            try self.facts(#"{"stream_options":{"include_usage":true,"include_usage":false}}"#)
        }
        #expect(try self.facts(#"{"x":1,"x":2,"y":{"model":1,"model":2}}"#).model == nil)
    }

    @Test(
        "a member that decides is spelled as it is, or some servers take it for what nobody looked at",
        arguments: [
            (#"{"MODEL":"a"}"#, "MODEL", "model"), (#"{"model":"a","Model":"b"}"#, "Model", "model"),
            (#"{"mOdel":"b","model":"a"}"#, "mOdel", "model"), (#"{"\u004dodel":"a"}"#, "Model", "model"),
            (#"{"Stream":true}"#, "Stream", "stream"), (#"{"ſtream":true}"#, "ſtream", "stream"),
            (#"{"max_to\u212aens":1}"#, "max_to\u{212A}ens", "max_tokens"), (#"{"N":2}"#, "N", "n"),
            (#"{"Messages":[]}"#, "Messages", "messages"), (#"{"Prompt":""}"#, "Prompt", "prompt"),
            (#"{"Stream_Options":{}}"#, "Stream_Options", "stream_options"),
            (#"{"stream_options":{"Include_usage":false}}"#, "Include_usage", "include_usage"),
            (#"{"Max_Completion_Tokens":1}"#, "Max_Completion_Tokens", "max_completion_tokens"),
            (#"{"N_Predict":1}"#, "N_Predict", "n_predict"), (#"{"Service_Tier":"x"}"#, "Service_Tier", "service_tier"),
        ]
    )
    func otherCases(_ body: String, _ found: String, _ meant: String) throws {
        let fault = #expect(throws: JSONFault.self) { try self.facts(body) }
        #expect(fault?.reason == "«\(found)», which some servers take for «\(meant)»,")
        #expect(fault?.message.hasPrefix("The body is ambiguous: ") == true)
    }

    @Test("other members may be spelled as one likes")
    func otherMembers() throws {
        let body = #"{"model":"a","Temperature":1,"ÄÖ":2,"x":{"MODEL":1},"stream_options":{"Other":1},"MODELS":3}"#
        #expect(try self.facts(body).model?.text == "a")
    }
}
