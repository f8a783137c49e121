import FuzzChecks
import Testing

/// What fuzzing has kept (`Tests/Fuzz`), run once more on every change.
@Suite("Kept inputs of the fuzzer: the tunnel's protocol")
struct CorpusTests {
    @Test("HTTP messages")
    func binaryHTTP() throws {
        #expect(try Corpus.replay(BinaryHTTPCheck.self, "BinaryHTTP") > 0)
    }

    @Test("control messages")
    func control() throws {
        #expect(try Corpus.replay(ControlCheck.self, "Control") > 0)
    }

    @Test("one end of a connection and a peer that says anything")
    func qmux() throws {
        #expect(try Corpus.replay(QMuxCheck.self, "QMux") > 0)
    }

    @Test("two honest ends")
    func qmuxPair() throws {
        #expect(try Corpus.replay(QMuxPairCheck.self, "QMuxPair") > 0)
    }
}
