import NIOCore
import Testing
import TunnelProtocol

@Suite("Control messages")
struct ControlMessageTests {
    private func messages(_ text: String) throws -> [ControlMessage] {
        var decoder = ControlMessage.LineDecoder()
        return try decoder.receive(ByteBuffer(string: text))
    }

    @Test("a message is exactly one line", arguments: ControlMessageSample.all)
    func encoded(_ sample: ControlMessageSample) {
        #expect(String(decoding: sample.message.encode(), as: UTF8.self) == sample.line + "\n")
    }

    @Test("a line is its message", arguments: ControlMessageSample.all)
    func decoded(_ sample: ControlMessageSample) throws {
        #expect(try self.messages(sample.line + "\n") == [sample.message])
    }

    @Test("members that nobody knows are passed over", arguments: ControlMessageSample.all)
    func unknownMembers(_ sample: ControlMessageSample) throws {
        let more = #"{"zzz":[1,{"type":"probe"}],"later":null,"# + sample.line.dropFirst()
        #expect(try self.messages(more + "\n") == [sample.message])
        guard case .state(let state) = sample.message, !state.deployments.isEmpty else { return }
        let inside = sample.line.replacing(#"{"busy""#, with: #"{"gpu":{"free":1.5e9},"busy""#)
        #expect(try self.messages(inside + "\n") == [sample.message])
    }

    @Test("a message of a later version is told by its type")
    func unknownTypes() throws {
        let lines = #"{"type":"resume","stream":4}"# + "\n" + #"{"type":"Hello"}"# + "\n" + #"{"type":"probe "}"# + "\n"
        #expect(
            try self.messages(lines) == [.unknown(type: "resume"), .unknown(type: "Hello"), .unknown(type: "probe ")]
        )
    }

    @Test(
        "members in any order, with white space and escapes",
        arguments: [
            "{ \"type\" : \"probe\" }", "\t{\"type\":\"probe\"}  ", "{\"type\":\"\\u0070robe\"}",
            "{\"type\":\"probe\"}\r",
        ]
    )
    func spelling(_ line: String) throws {
        #expect(try self.messages(line + "\n") == [.probe])
    }

    @Test(
        "who leaves need not say why",
        arguments: [
            (#"{"type":"goodbye"}"#, ControlMessage.goodbye(reason: "", lastStream: nil)),
            (#"{"type":"goodbye","reason":null,"lastStream":null}"#, .goodbye(reason: "", lastStream: nil)),
            (#"{"type":"drain","lastStream":null,"reason":"x"}"#, .drain(lastStream: nil)),
        ]
    )
    func missing(_ line: String, _ message: ControlMessage) throws {
        #expect(try self.messages(line + "\n") == [message])
    }

    @Test(
        "a line that is no message is refused",
        arguments: [
            "x", "{", "}", "[]", "null", "1", "\"probe\"", "{}", "[{\"type\":\"probe\"}]", "{\"type\":1}",
            "{\"type\":null}", "{\"Type\":\"probe\"}", "{\"type\":\"probe\"", "{\"type\":\"probe\"}x",
            "{\"type\":\"probe\"}{\"type\":\"probe\"}", "{'type':'probe'}", " ", "\r",
            // A known type whose own members are missing or of another kind.
            #"{"type":"hello"}"#, #"{"type":"state"}"#, #"{"type":"welcome"}"#, #"{"type":"published"}"#,
            #"{"type":"state","deployments":{}}"#, #"{"type":"state","deployments":[{"name":"a"}]}"#,
            #"{"type":"state","deployments":null}"#,
            #"{"type":"hello","version":"1","software":"","capabilities":[],"streams":1,"tunnel":0}"#,
            #"{"type":"hello","version":1.5,"software":"","capabilities":[],"streams":1,"tunnel":0}"#,
            #"{"type":"hello","version":1,"software":"","capabilities":[],"streams":99999999999999999999,"tunnel":0}"#,
            #"{"type":"published","accepted":[],"refused":["a"]}"#,
            #"{"type":"drain","lastStream":-1}"#, #"{"type":"drain","lastStream":"4"}"#,
            #"{"type":"goodbye","reason":7}"#,
        ]
    )
    func rubbish(_ line: String) {
        let error = #expect(throws: ControlMessage.DecodingError.self) { try self.messages(line + "\n") }
        #expect(error?.description.isEmpty == false)
    }

    @Test("bytes that are not text are refused", arguments: [[0xFF], [0x00], [0xC3], [0x7B, 0x80, 0x7D]] as [[UInt8]])
    func notText(_ bytes: [UInt8]) {
        var decoder = ControlMessage.LineDecoder()
        #expect(throws: ControlMessage.DecodingError.self) { try decoder.receive(ByteBuffer(bytes: bytes + [0x0A])) }
    }

    @Test("a line nested without end is refused", arguments: ["[", "{\"a\":"])
    func nested(_ opening: String) {
        let line = #"{"type":"later","a":"# + String(repeating: opening, count: 100_000)
        #expect(throws: ControlMessage.DecodingError.self) { try self.messages(line + "\n") }
    }
}
