import NIOCore
import Testing
import TunnelTransport

@Suite("Liveness")
struct LivenessTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test("silence is asked after once, and ends in death")
    func silence() {
        var liveness = Liveness(now: self.at(0))
        let expected: [(Int64, Liveness.Verdict)] = [
            (1, .alive), (4, .alive), (5, .ask), (6, .alive), (9, .alive), (10, .ask), (14, .alive), (15, .dead),
        ]
        for (second, verdict) in expected {
            #expect(liveness.tick(now: self.at(second)) == verdict, "after \(second) s")
        }
    }

    @Test("a sign of life starts the count anew")
    func heard() {
        var liveness = Liveness(now: self.at(0))
        #expect(liveness.tick(now: self.at(5)) == .ask)
        liveness.heard(now: self.at(6))
        #expect(liveness.tick(now: self.at(10)) == .alive)
        #expect(liveness.tick(now: self.at(11)) == .ask)
        #expect(liveness.tick(now: self.at(20)) == .ask)
        #expect(liveness.tick(now: self.at(21)) == .dead)
    }
}
