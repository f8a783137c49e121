import NIOCore
import Testing

@testable import Routing

@Suite("How well a connector does")
struct HealthTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(100 + seconds) * 1_000_000_000) }

    @Test("three failures in a row put it out, one success brings it back")
    func course() {
        var health = Health()
        let end1 = health.end(.failure, at: self.at(0))
        #expect(!end1)
        let end2 = health.end(.failure, at: self.at(0))
        #expect(!end2)
        _ = health.end(.success, at: self.at(0))
        #expect(health.isAtRest)
        for index in 0..<3 {
            let isOut = health.end(.failure, at: self.at(0))
            #expect(isOut == (index == 2))
        }
        #expect(health.isOut(at: self.at(0)) && health.isOut(at: self.at(1)))
        // Calls that began earlier do not make it longer.
        let end3 = health.end(.failure, at: self.at(1))
        #expect(!end3)
        #expect(!health.isOut(at: self.at(2)))
        // One call decides.
        health.begin(at: self.at(2))
        #expect(health.isOut(at: self.at(2)))
        let end4 = health.end(.failure, at: self.at(3))
        #expect(end4)
        #expect(health.isOut(at: self.at(6)) && !health.isOut(at: self.at(7)))
        health.begin(at: self.at(7))
        // Its caller left: the next one decides.
        let end5 = health.end(.neither, at: self.at(8))
        #expect(!end5)
        #expect(!health.isOut(at: self.at(8)))
        health.begin(at: self.at(8))
        _ = health.end(.success, at: self.at(9))
        #expect(health.isAtRest)
    }

    @Test("a call that decides and goes on for long does not keep it out")
    func longTrial() {
        var health = Health()
        for _ in 0..<3 { _ = health.end(.failure, at: self.at(0)) }
        health.begin(at: self.at(5))
        #expect(health.isOut(at: self.at(6)) && !health.isOut(at: self.at(7)))
        health.begin(at: self.at(7))
        #expect(health.isOut(at: self.at(8)))
        _ = health.end(.success, at: self.at(8))
        #expect(health.isAtRest)
    }

    @Test("it grows to a minute and no longer")
    func growth() {
        var health = Health()
        for _ in 0..<3 { _ = health.end(.failure, at: self.at(0)) }
        var now = self.at(2)
        var pauses: [Int64] = []
        for _ in 0..<7 {
            health.begin(at: now)
            let end6 = health.end(.failure, at: now)
            #expect(end6)
            var pause: Int64 = 0
            while health.isOut(at: now) {
                now = now + .seconds(1)
                pause += 1
            }
            pauses.append(pause)
        }
        #expect(pauses == [4, 8, 16, 32, 60, 60, 60])
    }
}
