import Dialects
import FuzzChecks
import NIOCore
import Testing

/// What fuzzing has kept (`Tests/Fuzz`), run once more on every change.
@Suite("Kept inputs of the fuzzer: dialects")
struct CorpusTests {
    @Test("streams of chat")
    func chatStream() throws {
        #expect(try Corpus.replay(ChatStreamCheck.self, "ChatStream") > 0)
    }

    @Test("requests")
    func request() throws {
        #expect(try Corpus.replay(RequestCheck.self, "Request") > 0)
    }
}

/// What fuzzing has found, said in words.
@Suite("Findings of the fuzzer")
struct FindingTests {
    @Test("an error beside a usage that nobody asked for is told")
    func errorBesideUsage() {
        let event = "data: {\"error\":{\"message\":\"x\"},\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n"
        var stream = ChatStream(publicModel: "public", keepsUsage: false)
        #expect(stream.receive(ByteBuffer(string: event)) == ByteBuffer(string: event))
        #expect(stream.finish() == .failed)
    }
}
