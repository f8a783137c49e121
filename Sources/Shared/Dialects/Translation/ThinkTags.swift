import NIOCore

/// Takes reasoning that a model server left in the text, as `<think>…</think>` at its beginning, apart from it; a pure value
/// between what a stream says and how it is told.
///
/// ```
/// beginning ──<think>──▶ opening ──▶ inside ──</think>──▶ closing ──▶ text
///     └───────────────────── anything else ───────────────────────────▲
/// ```
/// Servers that were started without a parser for the model's reasoning do that. A tag may come in any number of pieces,
/// and escaped in any way that JSON allows (Go's encoder writes `\u003c`). Spaces around the tags are dropped.
struct ThinkTags: Sendable {
    private enum State: Sendable {
        case beginning
        case opening
        case inside
        case closing
        case text
    }

    private struct Choice: Sendable {
        var state = State.beginning
        /// What may become a tag, or is space that may be dropped.
        var held = EscapedText()
    }

    private var choices: [Choice]
    /// Whether every choice is past its reasoning; most of a stream is.
    private var isIdle = false

    init(choices: Int) {
        self.choices = Array(repeating: Choice(), count: max(1, choices))
    }

    /// Says what a stream said with its reasoning apart.
    mutating func split(_ events: inout [AnswerEvent]) {
        guard !self.isIdle, !events.isEmpty else { return }
        var out: [AnswerEvent] = []
        out.reserveCapacity(events.count + 1)
        for event in events {
            switch event {
            case .text(let text, let choice):
                self.take(text, choice, &out)
            case .reasoning(let text, let choice):
                // A server that tells reasoning apart has none in its text.
                if !text.isEmpty { self.settle(choice, &out) }
                out.append(event)
            case .refusal(_, let choice), .toolCall(_, _, _, let choice), .finish(_, let choice):
                self.settle(choice, &out)
                out.append(event)
            case .toolArguments, .logprobs, .usage:
                out.append(event)
            }
        }
        events = out
        self.isIdle = self.choices.allSatisfy { if case .text = $0.state { true } else { false } }
    }

    /// The stream ended: what was held back is said.
    mutating func finish(into events: inout [AnswerEvent]) {
        for choice in self.choices.indices { self.settle(choice, &events) }
        self.isIdle = true
    }

    /// A whole text, with the reasoning at its beginning apart; `nil` when there is none.
    static func split(_ text: String) -> (reasoning: String, text: String)? {
        // Byte by byte, as a stream is read: a character may be more than a tag's last letter.
        let said = text.utf8.drop(while: Self.isSpace)
        guard said.starts(with: "<think>".utf8) else { return nil }
        let inside = said.dropFirst("<think>".utf8.count).drop(while: Self.isSpace)
        guard let end = inside.firstRange(of: "</think>".utf8) else { return (String(Substring(inside)), "") }
        let rest = inside[end.upperBound...].drop(while: Self.isSpace)
        return (String(Substring(inside[..<end.lowerBound])), String(Substring(rest)))
    }

    /// An ideographic space is none: Chinese and Japanese paragraphs begin with it.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\t")
    }

    // MARK: Inside

    /// Nothing more of a choice can be a tag.
    private mutating func settle(_ choice: Int, _ out: inout [AnswerEvent]) {
        guard self.choices.indices.contains(choice) else { return }
        let held = self.choices[choice].held
        self.choices[choice].held = EscapedText()
        switch self.choices[choice].state {
        case .beginning: if !held.isEmpty { out.append(.text(held, choice: choice)) }
        case .inside: if !held.isEmpty { out.append(.reasoning(held, choice: choice)) }
        case .opening, .closing, .text: break
        }
        self.choices[choice].state = .text
    }

    private mutating func take(_ text: EscapedText, _ choice: Int, _ out: inout [AnswerEvent]) {
        guard self.choices.indices.contains(choice) else { return out.append(.text(text, choice: choice)) }
        var rest = self.choices[choice].held
        rest.append(text)
        self.choices[choice].held = EscapedText()
        while true {
            switch self.choices[choice].state {
            case .beginning:
                let start = rest.spaceEnd
                switch rest.match("<think>", at: start) {
                case .whole(let end):
                    self.choices[choice].state = .opening
                    rest = rest.slice(end..<rest.count)
                case .begun:
                    self.choices[choice].held = rest
                    return
                case .none:
                    self.choices[choice].state = .text
                }
            case .opening, .closing:
                let start = rest.spaceEnd
                guard start < rest.count else { return }
                rest = rest.slice(start..<rest.count)
                if case .opening = self.choices[choice].state {
                    self.choices[choice].state = .inside
                } else {
                    self.choices[choice].state = .text
                }
            case .inside:
                let (found, place) = rest.find("</think>")
                let before = rest.slice(0..<place)
                if !before.isEmpty { out.append(.reasoning(before, choice: choice)) }
                guard case .whole(let end) = found else {
                    self.choices[choice].held = rest.slice(place..<rest.count)
                    return
                }
                self.choices[choice].state = .closing
                rest = rest.slice(end..<rest.count)
            case .text:
                if !rest.isEmpty { out.append(.text(rest, choice: choice)) }
                return
            }
        }
    }
}

extension EscapedText {
    /// How much of a tag stands at a place.
    fileprivate enum TagMatch {
        /// All of it, up to this offset.
        case whole(Int)
        /// As much of it as there is text.
        case begun
        case none
    }

    fileprivate var count: Int { self.bytes.readableBytes }

    /// The offset behind the spaces and line ends that the text begins with.
    fileprivate var spaceEnd: Int {
        let bytes = self.bytes.readableBytesUInt8Span
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x20 {
                index += 1
            } else if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count,
                [UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t")].contains(bytes[index + 1])
            {
                index += 2
            } else {
                return index
            }
        }
        return index
    }

    /// Looks for a tag.
    /// - Returns: the match and where it begins; the end of the text for none.
    fileprivate func find(_ tag: StaticString) -> (TagMatch, Int) {
        let bytes = self.bytes.readableBytesUInt8Span
        var index = 0
        while index < bytes.count {
            switch self.match(tag, at: index) {
            case .whole(let end): return (.whole(end), index)
            case .begun: return (.begun, index)
            case .none: index += Self.unit(bytes, at: index).length
            }
        }
        return (.none, bytes.count)
    }

    fileprivate func match(_ tag: StaticString, at start: Int) -> TagMatch {
        let bytes = self.bytes.readableBytesUInt8Span
        let letters = UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount)
        var index = start
        for letter in letters {
            guard index < bytes.count else { return .begun }
            let unit = Self.unit(bytes, at: index)
            guard unit.letter == letter else { return .none }
            index += unit.length
        }
        return .whole(index)
    }

    /// The ASCII character at an offset, however it is escaped, and its length; 0 for every other one.
    private static func unit(_ bytes: Span<UInt8>, at index: Int) -> (letter: UInt8, length: Int) {
        guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return (bytes[index], 1) }
        guard bytes[index + 1] == UInt8(ascii: "u"), index + 5 < bytes.count else {
            return (bytes[index + 1] == UInt8(ascii: "/") ? bytes[index + 1] : 0, 2)
        }
        guard bytes.matches("00", at: index + 2),
            let high = Character(Unicode.Scalar(bytes[index + 4])).hexDigitValue,
            let low = Character(Unicode.Scalar(bytes[index + 5])).hexDigitValue, high < 8
        else { return (0, 6) }
        return (UInt8(high << 4 | low), 6)
    }
}

extension Reply {
    /// Takes reasoning out of the text of every choice that tells none apart.
    mutating func splitThinkTags() {
        for index in self.choices.indices where self.choices[index].reasoning.isEmpty {
            guard let parts = ThinkTags.split(self.choices[index].text) else { continue }
            (self.choices[index].reasoning, self.choices[index].text) = parts
        }
    }
}
