import NIOCore
import Testing

@testable import TunnelProtocol

struct DepartedCallsTests {
    private func name(_ number: Int) -> CallStreamName { CallStreamName(call: "call-\(number)", stream: 1) }
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func whoeverAsksForTheUnheardOfIsToldSoAndItIsSoForGood() {
        var departed = DepartedCalls()
        #expect(departed.isEmpty)
        #expect(departed.answer(for: self.name(1), now: self.at(0)) == .refused)
        // Its request may come still, late, out of a tunnel that the relay has given up.
        #expect(departed.code(of: self.name(1)) == .refused)
        #expect(departed.code(of: CallStreamName(call: "call-1", stream: 2)) == nil)
    }

    @Test func whatBecameOfACallIsTold() {
        var departed = DepartedCalls()
        departed.note(self.name(1), .upstreamFailed, now: self.at(0))
        #expect(departed.answer(for: self.name(1), now: self.at(1)) == .upstreamFailed)
    }

    @Test func oldOnesAreForgotten() {
        var departed = DepartedCalls(capacity: 10, memory: .seconds(60))
        departed.note(self.name(1), .lost, now: self.at(0))
        departed.note(self.name(2), .lost, now: self.at(60))
        #expect(departed.code(of: self.name(1)) == nil)
        #expect(departed.code(of: self.name(2)) == .lost)
    }

    @Test func whenThereAreTooManyNoneIsSaidToBeUnheardOf() {
        var departed = DepartedCalls(capacity: 3, memory: .seconds(60))
        for number in 1...4 { departed.note(self.name(number), .lost, now: self.at(10)) }
        #expect(departed.code(of: self.name(1)) == nil)
        #expect(departed.answer(for: self.name(1), now: self.at(69)) == .lost)
        #expect(departed.answer(for: self.name(99), now: self.at(70)) == .refused)
    }

    @Test func manyComeAndGo() {
        var departed = DepartedCalls(capacity: 100, memory: .seconds(5))
        for number in 0..<10_000 { departed.note(self.name(number), .lost, now: self.at(Int64(number))) }
        #expect(departed.code(of: self.name(9_999)) == .lost)
        #expect(departed.code(of: self.name(9_995)) == .lost)
        #expect(departed.code(of: self.name(9_994)) == nil)
    }
}
