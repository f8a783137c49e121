/// What matters in one chunk of a stream, found by one pass over its bytes without decoding anything.
///
/// It does not judge whether the chunk is JSON; on anything else it finds nothing or something, and never more than the
/// bytes that are there. Offsets are into the same bytes.
struct ChunkProbe {
    /// Where the value of the outermost `model` stands, its quotes included.
    var model: Range<Int>?
    /// Where the object `usage` stands.
    var usage: Range<Int>?
    /// Where the object `timings` stands, in which llama.cpp counts.
    var timings: Range<Int>?
    /// There is an `error` that is neither null nor false nor empty.
    var hasError = false
    /// Where a number stands that is the `code` of the error.
    var errorCode: Range<Int>?
    /// `choices` is there, whatever it is.
    var hasChoices = false
    /// `choices` is there and empty.
    var choicesAreEmpty = false
    /// How many bytes the texts of the choices' deltas have.
    var words = 0
    /// The choices that are spoken of, and those of them that have a reason for their end.
    var choices = ChoiceEnds()

    /// Looks at the bytes of a range.
    init(_ bytes: Span<UInt8>, in range: Range<Int>) {
        var index = range.lowerBound
        let end = range.upperBound
        var depth = 0
        var usageStart: Int?
        var timingsStart: Int?
        var isInError = false
        var isInChoices = false
        var choice = 0
        var hasEnded = false
        while index < end {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
                if depth == 2, isInChoices {
                    self.choices.note(choice, hasEnded: hasEnded)
                    choice = 0
                    hasEnded = false
                } else if depth == 1 {
                    if let start = usageStart { self.usage = start..<index }
                    if let start = timingsStart { self.timings = start..<index }
                    usageStart = nil
                    timingsStart = nil
                    isInError = false
                    isInChoices = false
                }
            case UInt8(ascii: "\""):
                let start = index + 1
                let close = Self.stringEnd(bytes, from: start, end: end)
                index = min(close + 1, end)
                // Only keys of the chunk itself, of its choices and of its error are of interest.
                guard depth == 1 || (depth == 3 && isInChoices) || (depth == 2 && isInError) else { continue }
                let length = close - start
                guard length == 5 || length == 7 || length == 13 || length == 4 else { continue }
                var value = Self.skipSpace(bytes, from: index, end: end)
                guard value < end, bytes[value] == UInt8(ascii: ":") else { continue }
                value = Self.skipSpace(bytes, from: value + 1, end: end)
                guard value < end else { continue }
                if depth == 3 {
                    // Some servers write a reason without a text as long as there is none.
                    if length == 13, bytes[value] == UInt8(ascii: "\""), bytes.matches("finish_reason", at: start) {
                        hasEnded = value + 1 < end && bytes[value + 1] != UInt8(ascii: "\"")
                    } else if length == 5, bytes.matches("index", at: start) {
                        choice = Self.index(bytes, value, end)
                    } else if length == 5, bytes[value] == UInt8(ascii: "{"), bytes.matches("delta", at: start) {
                        index = self.countWords(bytes, from: value, end: end)
                    } else if length == 4, bytes[value] == UInt8(ascii: "\""), bytes.matches("text", at: start) {
                        let close = Self.stringEnd(bytes, from: value + 1, end: end)
                        self.words += close - value - 1
                        index = min(close + 1, end)
                    }
                } else if depth == 2 {
                    if length == 4, bytes.matches("code", at: start) { self.errorCode = Self.number(bytes, value, end) }
                } else if length == 5, bytes.matches("model", at: start), bytes[value] == UInt8(ascii: "\"") {
                    let close = Self.stringEnd(bytes, from: value + 1, end: end)
                    self.model = value..<min(close + 1, end)
                    index = min(close + 1, end)
                } else if length == 5, bytes.matches("usage", at: start), bytes[value] == UInt8(ascii: "{") {
                    usageStart = value
                } else if length == 5, bytes.matches("error", at: start) {
                    self.hasError = Self.isTruthy(bytes, value, end)
                    isInError = bytes[value] == UInt8(ascii: "{")
                } else if length == 7, bytes.matches("choices", at: start) {
                    self.hasChoices = true
                    guard bytes[value] == UInt8(ascii: "[") else { continue }
                    isInChoices = true
                    let first = Self.skipSpace(bytes, from: value + 1, end: end)
                    self.choicesAreEmpty = first < end && bytes[first] == UInt8(ascii: "]")
                } else if length == 7, bytes.matches("timings", at: start), bytes[value] == UInt8(ascii: "{") {
                    timingsStart = value
                }
            default:
                index += 1
            }
        }
    }

    /// Counts the texts of an object.
    /// - Returns: the offset behind it.
    private mutating func countWords(_ bytes: borrowing Span<UInt8>, from start: Int, end: Int) -> Int {
        var index = start
        var depth = 0
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let close = Self.stringEnd(bytes, from: index + 1, end: end)
                let next = Self.skipSpace(bytes, from: close + 1, end: end)
                // What a colon follows is a key.
                if next >= end || bytes[next] != UInt8(ascii: ":") { self.words += close - index - 1 }
                index = next
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
                if depth == 0 { return index }
            default:
                index += 1
            }
        }
        return end
    }

    /// The offset of the quote that ends a string, or the end of all.
    static func stringEnd(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int {
        var index = start
        while index < end {
            index = bytes.first(in: index..<end) {
                $0.marks(of: UInt8(ascii: "\"")) | $0.marks(of: UInt8(ascii: "\\"))
            } where: {
                $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
            }
            guard index < end else { break }
            if bytes[index] == UInt8(ascii: "\"") { return index }
            index += 2
        }
        return end
    }

    static func skipSpace(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int {
        var index = start
        while index < end, bytes[index] == 0x20 || (bytes[index] >= 0x09 && bytes[index] <= 0x0D) { index += 1 }
        return index
    }

    private static func isTruthy(_ bytes: Span<UInt8>, _ value: Int, _ end: Int) -> Bool {
        switch bytes[value] {
        case UInt8(ascii: "n"), UInt8(ascii: "f"): false
        case UInt8(ascii: "\""): value + 1 < end && bytes[value + 1] != UInt8(ascii: "\"")
        default: true
        }
    }

    /// A whole number; 0 for what is none, and never more than is of interest.
    private static func index(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var number = 0
        var index = start
        while index < end, number < ChoiceEnds.most, (0x30...0x39).contains(bytes[index]) {
            number = number * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        return number
    }

    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
        guard bytes[start] == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start]) else {
            return nil
        }
        var index = start
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                index += 1
            default: return start..<index
            }
        }
        return start..<index
    }
}
