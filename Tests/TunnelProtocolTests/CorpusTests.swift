import FuzzChecks
import Testing

/// What fuzzing has kept (`Tests/Fuzz`), run once more on every change.
@Suite("Kept inputs of the fuzzer: the tunnel's protocol")
struct CorpusTests {
    @Test("HTTP messages")
    func binaryHTTP() async throws {
        #expect(try await Corpus.replay(BinaryHTTPCheck.self, "BinaryHTTP") > 0)
    }

    @Test("control messages")
    func control() async throws {
        #expect(try await Corpus.replay(ControlCheck.self, "Control") > 0)
    }

    @Test("one end of a connection and a peer that says anything")
    func qmux() async throws {
        #expect(try await Corpus.replay(QMuxCheck.self, "QMux") > 0)
    }

    @Test("two honest ends")
    func qmuxPair() async throws {
        #expect(try await Corpus.replay(QMuxPairCheck.self, "QMuxPair") > 0)
    }
}
