import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Usage that is read where it stands")
struct UsageReaderTests {
    @Test(
        "it is what the object as a tree says",
        arguments: [
            #"{"prompt_tokens":24,"completion_tokens":9,"total_tokens":33}"#,
            #"{"prompt_tokens":24}"#, #"{"completion_tokens":9}"#, #"{"total_tokens":33}"#, "{}",
            #"{ "prompt_tokens" : 24 , "prompt_tokens_details" : { "audio_tokens" : 1 , "cached_tokens" : 7 } }"#,
            #"{"prompt_tokens":24,"prompt_tokens_details":null,"completion_tokens":9}"#,
            #"{"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":4},"reasoning_tokens":5}"#,
            #"{"completion_tokens":9,"reasoning_tokens":5}"#,
            #"{"prompt_tokens":1,"prompt_tokens":2,"completion_tokens":3,"completion_tokens":null}"#,
            #"{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":3},"prompt_tokens_details":{}}"#,
            #"{"prompt_tokens":{"cached_tokens":5},"completion_tokens":[9,{"reasoning_tokens":1}]}"#,
            #"{"prompt_tokens":"24","completion_tokens":true}"#,
            #"{"prompt_tokens":24.0,"completion_tokens":2.5}"#, #"{"prompt_tokens":1e3,"completion_tokens":-4}"#,
            #"{"prompt_tokens":9223372036854775807,"completion_tokens":1e300}"#,
            #"{"prompt_tokens":999999999999999999,"completion_tokens":99999999999999999999}"#,
            #"{"prompt\u005ftokens":24,"completion_tokens":9}"#,
        ]
    )
    func tree(_ text: String) throws {
        let before = #"{"usage":"#
        let body = ByteBuffer(string: before + text + "}")
        let start = before.utf8.count
        let read = UsageReader.read(body, start..<start + text.utf8.count)
        #expect(read == Usage(chat: try JSONValue(reading: text)))
    }

    @Test("what is no JSON counts nothing", arguments: [#"{"prompt_tokens":24"#, #"{"prompt_tokens":024}"#, "x"])
    func broken(_ text: String) {
        #expect(UsageReader.read(ByteBuffer(string: text), 0..<text.utf8.count) == nil)
    }
}
