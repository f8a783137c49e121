import Foundation
import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

/// Answers that nobody thought of; `ADIT_SEED` replays one run.
@Suite("Streams of Messages at random")
struct MessagesStreamRandomTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// What was said, to be found again in the blocks.
    private struct Said {
        var text = ""
        var reasoning = ""
        var arguments: [String] = []
    }

    @Test("every answer keeps to the grammar and loses nothing")
    func random() async throws {
        let given = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("ADIT_SEED=\(seed)")
        var random = Random(state: seed)
        for round in 0..<1_000 {
            await Task.yield()
            try self.run(&random, "seed \(seed), round \(round)")
        }
    }

    private func run(_ random: inout Random, _ place: String) throws {
        let words = ["a", " b", "\n", " ", "\"q\"", "\\", "ü", "日", "😀", "c\td", "{", "}", ":", "\u{1}"]
        let pieces = ["{", "}", "\"k\":", "1", "\"v\"", ",", "[", "]", " ", "{\"a\":\"\\n\"}", "{}", "null"]
        let tools: JSONValue = [["name": "eager", "input_schema": [:], "eager_input_streaming": true]]
        let request = try MessagesRequest(with: ["tools": tools])
        var said = Said()
        var events: [AnswerEvent] = []
        for _ in 0..<Int.random(in: 0...25, using: &random) {
            let word = words[Int.random(in: words.indices, using: &random)]
            switch Int.random(in: 0...9, using: &random) {
            case 0...2:
                events.append(.text(EscapedText(word), choice: 0))
                said.text += word
            case 3, 4:
                events.append(.reasoning(EscapedText(word), choice: 0))
                said.reasoning += word
            case 5:
                let name = EscapedText(Bool.random(using: &random) ? "eager" : "f")
                events.append(.toolCall(index: said.arguments.count, id: "c", name: name, choice: 0))
                said.arguments.append("")
            case 6...8 where !said.arguments.isEmpty:
                let index = Int.random(in: 0..<said.arguments.count, using: &random)
                let piece = pieces[Int.random(in: pieces.indices, using: &random)]
                events.append(.toolArguments(EscapedText(piece), index: index, choice: 0))
                said.arguments[index] += piece
            default: events.append(.usage(Usage(input: 5, cachedInput: 9, output: 3, reasoning: 1)))
            }
        }
        if Bool.random(using: &random) { events.append(.finish(.stop, choice: 0)) }
        let error = Int.random(in: 0...9, using: &random) == 0 ? GatewayError(.upstreamFailed, "no") : nil
        let checker = MessagesStreamChecker(MessagesStream.told(events, to: request, failing: error))
        #expect(checker.problems.isEmpty, "\(place): \(events)")
        guard error == nil else { return }
        self.compare(checker, said, place)
    }

    private func compare(_ checker: MessagesStreamChecker, _ said: Said, _ place: String) {
        func all(_ type: String) -> String {
            // Spaces around blocks may go; nothing else.
            checker.blocks.filter { $0.type == type }.map(\.text).joined().filter { !$0.isWhitespace }
        }
        #expect(all("text") == said.text.filter { !$0.isWhitespace }, "\(place)")
        #expect(all("thinking") == said.reasoning.filter { !$0.isWhitespace }, "\(place)")
        let calls = checker.blocks.filter { $0.type == "tool_use" }
        #expect(calls.count == said.arguments.count, "\(place)")
        for (call, text) in zip(calls, said.arguments) {
            let isWhole = call.text == (call.name == "eager" ? text : ToolInput.object(of: text))
            // What comes behind a whole object is too late when another block has begun.
            let wasWhole = text.hasPrefix(call.text) && (try? JSONValue(reading: call.text))?.object != nil
            #expect(isWhole || wasWhole, "\(place): \(call.text) for \(text)")
        }
        #expect(checker.stopReason == (said.arguments.isEmpty ? "end_turn" : "tool_use"), "\(place)")
    }
}
