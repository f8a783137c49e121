import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// What is changed in a stream that ends well.
@Suite("Streams that end well")
struct ChatStreamTests {
    private static let usage = Usage(input: 3, output: 5)
    private static let plain = Events.word() + Events.stop()
    private static let renamed = Events.word("public") + Events.stop("public")

    /// Every way of cutting a stream gives the same.
    private func check(_ input: String, keepsUsage: Bool = false, _ expected: String, usage: Usage? = nil) {
        for (index, run) in StreamRun.cuts(input, keepsUsage: keepsUsage).enumerated() {
            #expect(run.text == expected && run.ending == "complete" && run.usage == usage, "cut at \(index)")
            #expect(!run.hasFailed)
        }
    }

    @Test("the usage is read; it is passed on only to whoever asked", arguments: [false, true])
    func usage(_ keepsUsage: Bool) {
        let told = keepsUsage ? Events.usage("public") : ""
        self.check(
            Self.plain + Events.usage() + Events.done,
            keepsUsage: keepsUsage,
            Self.renamed + told + Events.done,
            usage: Self.usage
        )
    }

    @Test("the usage beside a choice is passed on: the chunk is a part of the answer")
    func usageBeside() {
        let stop =
            #"{"model":"public","choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5}}"#
        self.check(Events.data(stop) + Events.done, Events.data(stop) + Events.done, usage: Self.usage)
    }

    @Test("no usage and a usage of null are none", arguments: [false, true])
    func noUsage(_ keepsUsage: Bool) {
        self.check(Self.plain + Events.done, keepsUsage: keepsUsage, Self.renamed + Events.done)
        let null = Events.data(#"{"model":"public","choices":[],"usage":null}"#)
        self.check(null + Events.done, keepsUsage: keepsUsage, null + Events.done)
    }

    @Test("the last usage counts, when each chunk has one")
    func continuousUsage() {
        // vLLM: stream_options.continuous_usage_stats.
        let first =
            #"{"model":"public","choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#
        let input = Events.data(first) + Events.usage("public") + Events.done
        self.check(input, Events.data(first) + Events.done, usage: Self.usage)
    }

    @Test("what llama.cpp counts is read where no usage comes")
    func timings() {
        let timings = #""timings":{"prompt_n":3,"cache_n":2,"predicted_n":7}"#
        let stop = Events.data(
            #"{"model":"public","choices":[{"delta":{},"finish_reason":"stop"}],"usage":null,\#(timings)}"#
        )
        self.check(stop + Events.done, stop + Events.done, usage: Usage(input: 5, cachedInput: 2, output: 7))
        let both = Events.word("public") + stop
        self.check(both + Events.usage() + Events.done, both + Events.done, usage: Self.usage)
        self.check(Events.usage() + stop + Events.done, stop + Events.done, usage: Self.usage)
        let last = Events.data(#"{"choices":[],\#(timings)}"#)
        let counted = Usage(input: 5, cachedInput: 2, output: 7)
        self.check(Events.stop("public") + last, Events.stop("public") + last + Events.done, usage: counted)
    }

    @Test(
        "the outermost model is renamed and nothing else",
        arguments: [
            (#"{"model":"own"}"#, #"{"model":"public"}"#), (#"{ "model" : "own" }"#, #"{ "model" : "public" }"#),
            (#"{"a":"model","model":"o\"wn\\"}"#, #"{"a":"model","model":"public"}"#),
            (#"{"model":""}"#, #"{"model":"public"}"#), (#"{"model":null}"#, #"{"model":null}"#),
            (#"{"model":"own","x":1.50,"y":"\u0061\/"}"#, #"{"model":"public","x":1.50,"y":"\u0061\/"}"#),
            (
                #"{"choices":[{"model":"own","delta":{"model":"own","content":"\"model\":\"own\""}}],"model":"own"}"#,
                #"{"choices":[{"model":"own","delta":{"model":"own","content":"\"model\":\"own\""}}],"model":"public"}"#
            ),
            (#"{"x":{"model":"own"}}"#, #"{"x":{"model":"own"}}"#), ("{}", "{}"), ("[]", "[]"),
        ]
    )
    func names(_ chunk: String, _ expected: String) {
        self.check(Events.data(chunk) + Events.done, Events.data(expected) + Events.done)
    }

    @Test("a name with a quote in it is written as JSON")
    func quotedName() {
        var stream = ChatStream(publicModel: #"a"b"#, keepsUsage: false)
        let out = stream.receive(ByteBuffer(string: Events.word()))
        #expect(out.map { String(buffer: $0) } == Events.word(#"a\"b"#))
    }

    @Test("a piece that needs no change is passed on as it came, from wherever in its buffer it begins")
    func untouched() {
        var piece = ByteBuffer(string: "before" + Events.word("public") + Events.stop("public"))
        piece.moveReaderIndex(forwardBy: 6)
        var stream = ChatStream(publicModel: "public", keepsUsage: false)
        #expect(stream.receive(piece) == piece)
        var other = ByteBuffer(string: "before" + Self.plain)
        other.moveReaderIndex(forwardBy: 6)
        #expect(stream.receive(other).map { String(buffer: $0) } == Self.renamed)
        #expect(stream.receive(ByteBuffer()) == nil)
    }

    @Test("several pieces in one, and one event in several")
    func pieces() {
        var stream = ChatStream(publicModel: "public", keepsUsage: false)
        #expect(stream.receive(ByteBuffer(string: "data: {\"model\"")) == nil)
        #expect(stream.receive(ByteBuffer(string: ":\"public\"}\n")) == nil)
        let whole = stream.receive(ByteBuffer(string: "\ndata: {}\n\ndata: "))
        #expect(whole.map { String(buffer: $0) } == "data: {\"model\":\"public\"}\n\ndata: {}\n\n")
        let rest = stream.receive(ByteBuffer(string: "[DONE]\n\ndata: {}\n\n"))
        #expect(rest.map { String(buffer: $0) } == Events.done && stream.hasEnded)
        #expect(stream.receive(ByteBuffer(string: "data: {}\n\n")) == nil)
        #expect(stream.finish() == .complete(nil))
    }
}
