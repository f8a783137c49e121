import NIOCore
import Testing

@testable import ConnectorCommand
@testable import Uplink

/// Whether a silent connection lives, told by what came of an answer.
struct SilenceTrialTests {
    /// The relay's first words, and the piece that ends the silence.
    private static let words = [#"{"adit":"probe","tls":false,"address":"127.0.0.1"}"#, #"{"piece":0}"#]

    private static func finding(_ answer: WayAnswer?) -> Finding {
        SilenceTrial(seconds: 30, way: Way(answer: answer)).finding
    }

    private static func answer(events: Int, isWhole: Bool, after ended: TimeAmount) -> WayAnswer {
        var answer = WayAnswer()
        answer.status = 200
        answer.events = Self.words.prefix(events).map { ($0, .zero) }
        answer.isWhole = isWhole
        answer.ended = ended
        return answer
    }

    @Test func everyPieceHasCome() {
        let finding = Self.finding(Self.answer(events: 2, isWhole: true, after: .seconds(30)))
        #expect(finding == Finding(.idle, .ok, "a connection lives through 30 s of silence"))
    }

    /// Whether the cut looks like one or like an end; a tunnel speaks before six seconds are over.
    @Test(arguments: [false, true])
    func itWasCut(isWhole: Bool) {
        let early = Self.finding(Self.answer(events: 1, isWhole: isWhole, after: .milliseconds(1_050)))
        #expect(early.verdict == .failed && early.found.hasPrefix("a silent connection is cut after 1."))
        let late = Self.finding(Self.answer(events: 1, isWhole: isWhole, after: .seconds(20)))
        #expect(late.verdict == .warning && late.found == "a silent connection is cut after 20.0 s")
    }

    /// A proxy that gave up waiting, or anything else that is not what the relay was asked for.
    @Test func somethingElseAnswered() {
        var answer = Self.answer(events: 0, isWhole: true, after: .seconds(4))
        answer.status = 504
        answer.text = "<html>Gateway Time-out</html>"
        let page = Self.finding(answer)
        #expect(page.verdict == .failed)
        #expect(page.found == "HTTP 504 after 4.0 s in place of an answer with 30 s of silence")
        answer.text = #"{"error":{"message":"too slow"}}"#
        #expect(Self.finding(answer).found.hasSuffix("silence: too slow"))
    }

    @Test func nothingAnswered() {
        #expect(Self.finding(nil).verdict == .failed)
    }
}
