import Foundation
import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

@Suite("Gemini: random streams")
struct GeminiRandomStreamTests {
    /// What is told to the writer, and what must be seen of it.
    private struct Script {
        var random: Random
        var expected: [Int: GeminiStreamCheck.Candidate] = [:]
        private var arguments: [Int: [[String]]] = [:]
        private let pieces = [
            "a", " ", "é", "😀", "\\n", "\\\"", "\\\\", "\\u0041", "\\u2028", "\u{2028}", "\u{85}", "\u{2029}x",
            "\\ud83d\\ude80",
            "data: {}", "[DONE]", "}]", "\\u0000",
        ]

        init(seed: UInt64) {
            self.random = Random(state: seed)
        }

        private mutating func piece() -> String {
            self.pieces[Int.random(in: self.pieces.indices, using: &self.random)]
        }

        mutating func events(choices: Int) -> [AnswerEvent] {
            var events: [AnswerEvent] = []
            var open = Array(0..<choices)
            for choice in open { self.expected[choice] = .init() }
            while let choice = open.randomElement(using: &self.random) {
                switch Int.random(in: 0..<14, using: &self.random) {
                case 0..<4: self.say(choice, isThought: false, &events)
                case 4..<6: self.say(choice, isThought: true, &events)
                case 6..<8: self.call(choice, &events)
                case 8..<12: self.argue(choice, &events)
                case 12:
                    self.expected[choice]?.logprobs += 1
                    events.append(.logprobs([["token": "t", "logprob": -1]], choice: choice))
                default:
                    self.end(choice, &events)
                    open.removeAll { $0 == choice }
                }
            }
            events.append(.usage(Usage(input: 3, cachedInput: 1, output: 9, reasoning: 4)))
            return events
        }

        private mutating func say(_ choice: Int, isThought: Bool, _ events: inout [AnswerEvent]) {
            let count = Int.random(in: 0..<4, using: &self.random)
            let escaped = (0..<count).map { _ in self.piece() }.joined()
            let plain = EscapedText(escaped: escaped).unescaped ?? "broken"
            for piece in self.cut(escaped) {
                events.append(isThought ? .reasoning(piece, choice: choice) : .text(piece, choice: choice))
            }
            if isThought { self.expected[choice]?.thought += plain } else { self.expected[choice]?.text += plain }
        }

        /// A text in one piece, or in two that are cut between the halves of a pair of surrogates.
        private mutating func cut(_ escaped: String) -> [EscapedText] {
            guard Bool.random(using: &self.random), let place = escaped.range(of: "\\ude80") else {
                return [EscapedText(escaped: escaped)]
            }
            return [
                EscapedText(escaped: String(escaped[..<place.lowerBound])),
                EscapedText(escaped: String(escaped[place.lowerBound...])),
            ]
        }

        private mutating func call(_ choice: Int, _ events: inout [AnswerEvent]) {
            let index = self.expected[choice, default: .init()].calls.count
            let args: JSONValue = [
                "text": .string(self.piece()), "n": .number("1.50"),
            ]
            let call = GeminiStreamCheck.Call(id: "call_\(choice)_\(index)", name: "f\(index)", args: args)
            self.expected[choice]?.calls.append(call)
            events.append(.toolCall(index: index, id: call.id, name: EscapedText(call.name), choice: choice))
            // One call's arguments in three pieces, which wait for their turns.
            let text = Array(args.text)
            let cuts = [0, text.count / 3, text.count / 2, text.count]
            self.arguments[choice, default: []].append((0..<3).map { String(text[cuts[$0]..<cuts[$0 + 1]]) })
        }

        private mutating func argue(_ choice: Int, _ events: inout [AnswerEvent]) {
            let pieces = self.arguments[choice, default: []]
            let waiting = pieces.indices.filter { !pieces[$0].isEmpty }
            guard let index = waiting.randomElement(using: &self.random) else { return }
            let piece = self.arguments[choice, default: []][index].removeFirst()
            events.append(.toolArguments(EscapedText(piece), index: index, choice: choice))
        }

        private mutating func end(_ choice: Int, _ events: inout [AnswerEvent]) {
            while self.arguments[choice, default: []].contains(where: { !$0.isEmpty }) { self.argue(choice, &events) }
            let ends: [(FinishReason, String)] = [
                (.stop, "STOP"), (.toolCalls, "STOP"), (.stopSequence("x"), "STOP"), (.length, "MAX_TOKENS"),
                (.contentFilter, "SAFETY"),
            ]
            let end = ends[Int.random(in: ends.indices, using: &self.random)]
            events.append(.finish(end.0, choice: choice))
            self.expected[choice]?.finish = end.1
        }
    }

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = self.state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("everything that is told arrives, in both framings, within the grammar")
    func everything() throws {
        let environment = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        let seed = environment ?? UInt64.random(in: 0 ... .max)
        print("ADIT_SEED=\(seed)")
        for round in 0..<300 {
            var script = Script(seed: seed &+ UInt64(round))
            let choices = 1 + round % 3
            let events = script.events(choices: choices)
            let isBroken = round % 5 == 4
            for framing in [GeminiStream.Framing.events, .array] {
                let bytes = try Self.tell(
                    isBroken ? Array(events.prefix(events.count / 2)) : events,
                    choices,
                    framing,
                    isBroken
                )
                let seen = try GeminiStreamCheck(bytes, framing)
                if isBroken {
                    #expect(seen.error?["code"]?.int == 503, "seed \(seed), round \(round)")
                } else {
                    #expect(seen.candidates == script.expected, "seed \(seed), round \(round)")
                    #expect(seen.usage?["totalTokenCount"] == 12, "seed \(seed), round \(round)")
                }
            }
        }
    }

    private static func tell(
        _ events: [AnswerEvent],
        _ choices: Int,
        _ framing: GeminiStream.Framing,
        _ isBroken: Bool
    ) throws -> ByteBuffer {
        var writer = try GeminiStreamTests.writer(framing, choices: choices)
        var bytes = ByteBuffer()
        writer.begin(into: &bytes)
        for (index, event) in events.enumerated() {
            if index % 7 == 0 { writer.keepAlive(minute: false, into: &bytes) }
            writer.write(event, into: &bytes)
        }
        if isBroken {
            writer.fail(GatewayError(.upstreamFailed, "It broke."), into: &bytes)
        } else {
            writer.finish(into: &bytes)
        }
        return bytes
    }
}
