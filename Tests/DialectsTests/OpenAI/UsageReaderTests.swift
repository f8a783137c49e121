import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// `usage` as OpenAI's API and the local servers say it (OpenAI API reference, "completion usage").
@Suite("Usage")
struct UsageReaderTests {
    private func read(_ text: String) -> Usage? {
        var buffer = ByteBuffer(string: "before" + text)
        buffer.moveReaderIndex(forwardBy: 6)
        return UsageReader.read(buffer, 0..<text.utf8.count)
    }

    @Test(
        "what is said is read",
        arguments: [
            (#"{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}"#, Usage(input: 3, output: 5)),
            (
                #"{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":4}}"#,
                Usage(input: 3, cachedInput: 2, output: 5, reasoning: 4)
            ),
            // vLLM without --enable-prompt-tokens-details, SGLang without --enable-cache-report.
            (
                #"{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null}"#,
                Usage(input: 3, output: 5)
            ),
            // SGLang says reasoning beside the details.
            (
                #"{"prompt_tokens":3,"completion_tokens":5,"reasoning_tokens":4}"#,
                Usage(input: 3, output: 5, reasoning: 4)
            ),
            (
                #"{"prompt_tokens":3,"completion_tokens":5,"reasoning_tokens":0,"completion_tokens_details":{"reasoning_tokens":4}}"#,
                Usage(input: 3, output: 5, reasoning: 4)
            ),
            // Embeddings have no completion.
            (#"{"prompt_tokens":3,"total_tokens":3}"#, Usage(input: 3)),
            (#"{"completion_tokens":5}"#, Usage(output: 5)),
            // More cached than there was would make what remains negative.
            (#"{"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":9}}"#, Usage(input: 3, cachedInput: 3)),
            (#"{"prompt_tokens":-3,"completion_tokens":-5}"#, Usage()),
            (
                #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}"#,
                Usage(input: 1 << 40, output: 1 << 40)
            ),
            (#"{"prompt_tokens":3.0,"completion_tokens":null}"#, Usage(input: 3)),
            (
                #"{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":7,"completion_tokens_details":[]}"#,
                Usage(input: 3, output: 5)
            ),
        ] as [(String, Usage)]
    )
    func said(_ text: String, _ expected: Usage) {
        #expect(self.read(text) == expected)
    }

    @Test(
        "what is not said is none",
        arguments: [
            "{}", #"{"total_tokens":8}"#, #"{"prompt_tokens":null}"#, #"{"prompt_tokens":"3"}"#,
            #"{"prompt_tokens":1e99}"#, #"{"input_tokens":3}"#, "[]", "null", "{",
        ]
    )
    func unsaid(_ text: String) {
        #expect(self.read(text) == nil)
    }

    @Test("llama.cpp's timings beside the usage change nothing of it")
    func timings() {
        // llama.cpp server README: `timings` on the last chunk.
        let chunk =
            #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":6}},"timings":{"cache_n":6,"prompt_n":3,"predicted_n":5,"predicted_ms":1.5}}"#
        let run = StreamRun(Events.stop() + Events.data(chunk) + Events.done)
        #expect(run.usage == Usage(input: 9, cachedInput: 6, output: 5))
        #expect(run.text == Events.stop("public") + Events.done)
    }
}
