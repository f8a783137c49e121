import NIOCore
import Testing

@testable import Dialects

/// How much an answer has said, where its server does not tell.
@Suite("Tokens that were seen")
struct SeenTokensTests {
    @Test(
        "words of a chunk are counted, and nothing around them",
        arguments: [
            (#"{"id":"x","choices":[{"index":0,"delta":{"content":"12345"},"logprobs":null}]}"#, 5),
            (#"{"choices":[{"delta":{"content":"a\"b","reasoning_content":"123"},"index":0}],"usage":null}"#, 7),
            (#"{"choices":[{"index":0,"delta":{"content" : "1"}}]}"#, 1),
            (#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}}]}"#, 9),
            // Probabilities stand beside a delta, and are much longer.
            (#"{"choices":[{"delta":{"content":"1"},"logprobs":{"content":[{"token":"123456","bytes":[1]}]}}]}"#, 1),
            (#"{"choices":[{"logprobs":{"content":[{"token":"123456"}]},"delta":{"content":"1"}}]}"#, 1),
            (#"{"choices":[{"index":0,"text":"12345","finish_reason":null}]}"#, 5),
            (#"{"choices":[{"delta":{"content":"12"}},{"index":1,"delta":{"content":"345"}}]}"#, 5),
            (#"{"choices":[],"delta":{"content":"1"},"text":"1"}"#, 0),
            (#"{"choices":[{"delta":null,"text":null}]}"#, 0),
        ]
    )
    func chunk(text: String, words: Int) {
        let bytes = Array(text.utf8)
        #expect(ChunkProbe(bytes.span, in: 0..<bytes.count).words == words)
    }

    @Test(
        "words of a delta of other dialects are counted, wherever they stand",
        arguments: [
            (
                "response.output_text.delta",
                #"{"type":"response.output_text.delta","item_id":"msg_1","delta":"12345"}"#, 5
            ),
            ("response.output_text.delta", #"{"content_index":0,"delta":"1\"3","item_id":"msg_1","logprobs":[]}"#, 4),
            (
                "content_block_delta",
                #"{"type":"content_block_delta","delta":{"type":"text_delta","text":"12345678901234567890"}}"#, 20
            ),
            ("content_block_delta", #"{"delta":{"partial_json":"12345678901234567890","type":"x"},"index":0}"#, 20),
            // As long as the name of a kind.
            ("content_block_delta", #"{"delta":{"type":"text_delta","text":"Hello"}}"#, 0),
            ("response.output_text.done", #"{"type":"response.output_text.done","delta":"12345"}"#, 0),
            ("response.output_text.delta", #"{"delta":"#, 0), ("response.output_text.delta", #"{"delta":7}"#, 0),
            ("response.output_text.delta", #""delta"#, 0), ("content_block_delta", #"{"delta":{"text":"1"#, 0),
        ]
    )
    func passed(name: String, data: String, words: Int) {
        let event = PassedEvent(
            piece: ByteBuffer(string: data),
            name: ByteBuffer(string: name),
            data: 0..<data.utf8.count
        )
        #expect(event.words == words)
    }

    @Test("a token for each event, or one for every four bytes")
    func count() {
        #expect(SeenTokens(events: 3, bytes: 11).count == 3)
        #expect(SeenTokens(events: 3, bytes: 4_000).count == 1_000)
        #expect(SeenTokens().count == 0)
    }
}
