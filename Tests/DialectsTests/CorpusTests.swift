import Dialects
import FuzzChecks
import NIOCore
import Testing

/// What fuzzing has kept (`Tests/Fuzz`), run once more on every change.
@Suite("Kept inputs of the fuzzer: dialects")
struct CorpusTests {
    @Test("streams of chat")
    func chatStream() async throws {
        #expect(try await Corpus.replay(ChatStreamCheck.self, "ChatStream") > 0)
    }

    @Test("requests")
    func request() async throws {
        #expect(try await Corpus.replay(RequestCheck.self, "Request") > 0)
    }

    @Test("requests that are translated")
    func translatedRequests() async throws {
        #expect(try await Corpus.replay(MessagesRequestCheck.self, "MessagesRequest") > 0)
        #expect(try await Corpus.replay(ResponsesRequestCheck.self, "ResponsesRequest") > 0)
        #expect(try await Corpus.replay(GeminiRequestCheck.self, "GeminiRequest") > 0)
        #expect(try await Corpus.replay(GeminiEmbeddingsCheck.self, "GeminiEmbeddings") > 0)
        #expect(try await Corpus.replay(TokenCountCheck.self, "TokenCount") > 0)
    }

    @Test("streams that are translated")
    func translatedStreams() async throws {
        #expect(try await Corpus.replay(ChatToMessagesCheck.self, "ChatToMessages") > 0)
        #expect(try await Corpus.replay(ChatToResponsesCheck.self, "ChatToResponses") > 0)
        #expect(try await Corpus.replay(ChatToGeminiCheck.self, "ChatToGemini") > 0)
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
