import Dialects
import Foundation
import NIOCore
import Testing
import Vocabulary

/// Streams of random answers, told by servers of random habits and cut at random places. `ADIT_SEED` replays a run.
@Suite("Chat: random streams")
struct ChatRandomTests {
    private static let seed: UInt64 =
        ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)

    @Test("what was said is what is understood")
    func faithful() throws {
        print("ADIT_SEED=\(Self.seed)")
        for round in 0..<400 {
            var server = RandomChatServer(seed: Self.seed &+ UInt64(round))
            let bytes = server.stream()
            let pieces = server.cut(bytes)
            let run = ChatStreamRun(pieces, choices: server.answer.choices.count)
            let name: Comment = "ADIT_SEED=\(Self.seed &+ UInt64(round))"
            #expect(run.ending == .complete, name)
            #expect(ChatEventChecker(run).faults == [], name)
            let understood = try Reply(collecting: run.events)
            #expect(understood == server.answer, name)
        }
    }

    @Test("damaged streams do no harm, and keep every rule")
    func damaged() {
        for round in 0..<400 {
            let seed = Self.seed &+ UInt64(round)
            var server = RandomChatServer(seed: seed)
            var bytes = server.stream()
            for _ in 0..<server.below(6) + 1 {
                let place = server.below(bytes.count)
                switch server.below(4) {
                case 0: bytes[place] = UInt8(server.below(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: "{}[]\",:\\\n".utf8.shuffled(using: &server).prefix(2), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + server.below(40)))
                }
            }
            let run = ChatStreamRun(server.cut(bytes), choices: server.answer.choices.count)
            #expect(ChatEventChecker(run).faults == [], "ADIT_SEED=\(seed)")
            #expect(run.lines == ChatStreamRun([ByteBuffer(bytes: bytes)], choices: server.answer.choices.count).lines)
        }
    }
}

extension Reply {
    /// Puts the events of a whole stream together.
    init(collecting events: [AnswerEvent]) throws {
        var choices: [Int: Choice] = [:]
        var usage: Usage?
        func plain(_ text: EscapedText) throws -> String { try #require(text.unescaped) }
        for event in events {
            switch event {
            case .reasoning(let text, let choice):
                choices[choice, default: Choice(finish: .stop)].reasoning += try plain(text)
            case .text(let text, let choice):
                choices[choice, default: Choice(finish: .stop)].text += try plain(text)
            case .refusal(let text, let choice):
                let before = choices[choice]?.refusal ?? ""
                choices[choice, default: Choice(finish: .stop)].refusal = before + (try plain(text))
            case .toolCall(_, let id, let name, let choice):
                let call = Message.ToolCall(id: id, name: try plain(name), arguments: "")
                choices[choice, default: Choice(finish: .stop)].toolCalls.append(call)
            case .toolArguments(let text, let index, let choice):
                choices[choice]?.toolCalls[index].arguments += try plain(text)
            case .logprobs(let value, let choice):
                let before = choices[choice]?.logprobs?.array ?? []
                choices[choice, default: Choice(finish: .stop)].logprobs = .array(before + (value.array ?? []))
            case .finish(let reason, let choice):
                choices[choice, default: Choice(finish: .stop)].finish = reason
            case .usage(let told):
                usage = told
            }
        }
        self.init(choices: choices.sorted { $0.key < $1.key }.map(\.value), usage: usage)
    }
}
