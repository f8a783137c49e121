import Dialects
import NIOCore
import Vocabulary

/// A model server with habits of its own that tells a random answer; everything follows from the seed.
struct RandomChatServer: RandomNumberGenerator {
    private var state: UInt64
    private(set) var answer = Reply(choices: [], usage: nil)
    private var habits = Habits()

    private struct Habits {
        var reasoningKey = "reasoning_content"
        var givesIndex = true
        var wholeCalls = false
        var nullsEverywhere = false
        var lineEnd = "\n"
        var endsWithDone = true
        var reasonInLastDelta = false
        var escapesAll = false
        var pings = false
    }

    /// One thing that is still to be said.
    private enum Piece {
        case reasoning(String)
        case text(String)
        case refusal(String)
        case call(Int, id: String?, name: String?, arguments: String)
    }

    init(seed: UInt64) {
        self.state = seed
        self.habits.reasoningKey = self.below(2) == 0 ? "reasoning" : "reasoning_content"
        self.habits.givesIndex = self.below(4) > 0
        self.habits.wholeCalls = self.below(3) == 0
        self.habits.nullsEverywhere = self.below(2) == 0
        self.habits.lineEnd = self.below(4) == 0 ? "\r\n" : "\n"
        self.habits.endsWithDone = self.below(4) > 0
        self.habits.reasonInLastDelta = self.below(3) == 0
        self.habits.escapesAll = self.below(3) == 0
        self.habits.pings = self.below(3) == 0
        let choices = self.below(5) == 0 ? 2 : 1
        for _ in 0..<choices { self.answer.choices.append(self.choice()) }
        if self.below(4) > 0 {
            let input = self.below(1_000)
            let usage = Usage(
                input: input,
                cachedInput: self.below(input + 1),
                output: self.below(500),
                reasoning: self.below(50)
            )
            self.answer.usage = usage
        }
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(self.next() % UInt64(max(1, bound))) }

    mutating func cut(_ bytes: [UInt8]) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        var start = 0
        let most = [3, 40, 400, 10_000][self.below(4)]
        while start < bytes.count {
            let end = min(bytes.count, start + 1 + self.below(most))
            pieces.append(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return pieces
    }

    // MARK: The answer

    private mutating func text() -> String {
        let words = ["a", " b", "ä", "😀", "\"", "\\", "\n", "{", "}]", "data: ", "\u{2028}", "\u{1}", "</think>", "/"]
        return (0...self.below(8)).map { _ in words[self.below(words.count)] }.joined()
    }

    private mutating func choice() -> Reply.Choice {
        var choice = Reply.Choice(finish: .stop)
        if self.below(2) == 0 { choice.reasoning = self.text() }
        if self.below(4) > 0 { choice.text = self.text() }
        if self.below(8) == 0 { choice.refusal = self.text() }
        if self.below(2) == 0 {
            for index in 0...self.below(4) {
                let arguments = self.below(5) == 0 ? "" : self.text()
                choice.toolCalls.append(
                    .init(id: "call_\(self.below(1_000))_\(index)", name: "f\(index)", arguments: arguments)
                )
            }
            choice.finish = .toolCalls
        }
        if self.below(6) == 0 { choice.finish = self.below(2) == 0 ? .length : .contentFilter }
        if choice.finish == .stop, self.below(5) == 0 { choice.finish = .stopSequence("END\n") }
        return choice
    }

    // MARK: Telling it

    mutating func stream() -> [UInt8] {
        var queues = self.answer.choices.map { self.pieces($0) }
        var events: [String] = []
        for index in queues.indices {
            events.append(self.chunk(index, #""role":"assistant","content":"""#, finish: nil))
        }
        while let open = queues.indices.filter({ !queues[$0].isEmpty }).randomElement(using: &self) {
            let piece = queues[open].removeFirst()
            let isLast = queues[open].isEmpty && self.habits.reasonInLastDelta
            events.append(self.chunk(open, self.delta(piece), finish: isLast ? self.answer.choices[open].finish : nil))
            if self.below(6) == 0 { events.append(self.chunk(open, "", finish: nil)) }
            if self.habits.pings, self.below(3) == 0 { events.append(": ping") }
            guard queues[open].isEmpty, !isLast else { continue }
            events.append(self.chunk(open, "", finish: self.answer.choices[open].finish))
        }
        // A choice that says nothing.
        for index in queues.indices where self.pieces(self.answer.choices[index]).isEmpty {
            events.append(self.chunk(index, "", finish: self.answer.choices[index].finish))
        }
        if let usage = self.answer.usage { events.append(Self.chunk(usage)) }
        if self.habits.endsWithDone { events.append("data: [DONE]") }
        return Array(events.map { $0 + self.habits.lineEnd + self.habits.lineEnd }.joined().utf8)
    }

    private mutating func split(_ text: String) -> [String] {
        var parts: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            let part = rest.prefix(1 + self.below(5))
            parts.append(String(part))
            rest = rest.dropFirst(part.count)
        }
        return parts
    }

    private mutating func pieces(_ choice: Reply.Choice) -> [Piece] {
        var pieces = self.split(choice.reasoning).map { Piece.reasoning($0) }
        pieces += self.split(choice.text).map { Piece.text($0) }
        pieces += self.split(choice.refusal ?? "").map { Piece.refusal($0) }
        var calls: [[Piece]] = []
        for (index, call) in choice.toolCalls.enumerated() {
            if self.habits.wholeCalls {
                calls.append([.call(index, id: call.id, name: call.name, arguments: call.arguments)])
            } else {
                let parts = self.split(call.arguments).map { Piece.call(index, id: nil, name: nil, arguments: $0) }
                calls.append([.call(index, id: call.id, name: call.name, arguments: "")] + parts)
            }
        }
        // Only with an index can calls take turns; each still begins in its order.
        guard self.habits.givesIndex else { return pieces + calls.joined() }
        pieces += calls.compactMap(\.first)
        calls = calls.map { Array($0.dropFirst()) }
        while let open = calls.indices.filter({ !calls[$0].isEmpty }).randomElement(using: &self) {
            pieces.append(calls[open].removeFirst())
        }
        return pieces
    }

    private mutating func delta(_ piece: Piece) -> String {
        switch piece {
        case .reasoning(let text): return "\"\(self.habits.reasoningKey)\":\(self.json(text))"
        case .text(let text): return "\"content\":\(self.json(text))"
        case .refusal(let text): return "\"refusal\":\(self.json(text))"
        case .call(let index, let id, let name, let arguments):
            var members = self.habits.givesIndex ? ["\"index\":\(index)"] : []
            if let id { members.append("\"id\":\(self.json(id)),\"type\":\"function\"") }
            var function = name.map { ["\"name\":\(self.json($0))"] } ?? []
            function.append("\"arguments\":\(self.json(arguments))")
            members.append("\"function\":{\(function.joined(separator: ","))}")
            return "\"tool_calls\":[{\(members.joined(separator: ","))}]"
        }
    }

    private mutating func chunk(_ choice: Int, _ delta: String, finish: FinishReason?) -> String {
        var members = ["\"index\":\(choice)", "\"delta\":{\(delta)}"]
        var word: String?
        switch finish {
        case nil: break
        case .stop: word = "stop"
        case .stopSequence(let text):
            word = "stop"
            members.append("\"matched_stop\":\(self.json(text))")
        case .length: word = "length"
        case .toolCalls: word = self.below(3) == 0 ? "stop" : "tool_calls"
        case .contentFilter: word = "content_filter"
        }
        members.append("\"finish_reason\":\(word.map { "\"\($0)\"" } ?? "null")")
        if self.habits.nullsEverywhere { members.append("\"logprobs\":null,\"stop_reason\":null") }
        members.shuffle(using: &self)
        var outer = ["\"id\":\"c\"", "\"model\":\"m\"", "\"choices\":[{\(members.joined(separator: ","))}]"]
        if self.habits.nullsEverywhere { outer.append("\"usage\":null,\"error\":null") }
        outer.shuffle(using: &self)
        return "data: {\(outer.joined(separator: ","))}"
    }

    private static func chunk(_ usage: Usage) -> String {
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":\(usage.input),\"completion_tokens\":\(usage.output),"
            + "\"prompt_tokens_details\":{\"cached_tokens\":\(usage.cachedInput)},"
            + "\"completion_tokens_details\":{\"reasoning_tokens\":\(usage.reasoning)}}}"
    }

    /// A JSON string, in which everything may be escaped.
    private mutating func json(_ text: String) -> String {
        guard self.habits.escapesAll else { return JSONValue.string(text).text }
        let units = text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"\(units.joined())\""
    }
}
