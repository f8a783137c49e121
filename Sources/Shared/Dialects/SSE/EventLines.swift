/// One event of a stream of server-sent events: where its lines are (WHATWG HTML §9.2.6). Offsets are into the piece.
struct EventLines {
    /// Where the value of `data` stands; `nil` when the event has none, or more than one line of it.
    var data: Range<Int>?
    var dataLines = 0
    /// Where the value of `event` stands.
    var name: Range<Int>?
    /// Where the value of a line `error:` stands, which old builds of llama.cpp send.
    var error: Range<Int>?
    /// A line that is not data and no comment: clients of OpenAI's API do not bear it.
    var hasForeignLines = false
    /// The offset behind the blank line that ends the event.
    var end = 0

    /// Finds the next event, or `nil` when no whole one is there.
    /// - Parameters:
    ///   - start: where the event begins.
    ///   - isFirst: whether the stream begins there: then a byte-order mark means nothing (WHATWG HTML §9.2.5), but clients
    ///     do not bear it.
    static func next(in bytes: Span<UInt8>, from start: Int, isFirst: Bool = false) -> EventLines? {
        var event = EventLines()
        var lineStart = start
        if isFirst, bytes.matches("\u{FEFF}", at: start) {
            event.hasForeignLines = true
            lineStart += 3
        }
        while true {
            guard let line = Self.line(in: bytes, from: lineStart) else { return nil }
            if line.end == lineStart {
                event.end = line.next
                return event
            }
            event.take(bytes, lineStart..<line.end)
            lineStart = line.next
        }
    }

    /// Whether an event may end behind an offset: there is a blank line, or at the very beginning the end of one.
    static func mayEnd(in bytes: Span<UInt8>, from start: Int) -> Bool {
        func isEnd(_ index: Int) -> Bool { index < bytes.count && (bytes[index] == 0x0A || bytes[index] == 0x0D) }
        if isEnd(0) { return true }
        for index in start..<max(start, bytes.count) where isEnd(index) {
            let isPair = bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            if isEnd(index + (isPair ? 2 : 1)) { return true }
        }
        return false
    }

    /// Where the values of all lines of data stand, in the lines of one event.
    static func dataValues(in bytes: Span<UInt8>, _ lines: Range<Int>) -> [Range<Int>] {
        var values: [Range<Int>] = []
        var start = lines.lowerBound
        while start < lines.upperBound, let line = Self.line(in: bytes, from: start) {
            if bytes.starts("data", in: start..<line.end) { values.append(Self.value(bytes, start..<line.end, 4)) }
            start = line.next
        }
        return values
    }

    /// The end of a line and the beginning of the next one. A CR that nothing follows yet may be half of a line's end.
    private static func line(in bytes: Span<UInt8>, from start: Int) -> (end: Int, next: Int)? {
        var index = start
        while index < bytes.count {
            index = bytes.first(in: index..<bytes.count) {
                $0.marksOfControls
            } where: {
                $0 < 0x20
            }
            guard index < bytes.count else { break }
            switch bytes[index] {
            case 0x0A:
                return (index, index + 1)
            case 0x0D:
                guard index + 1 < bytes.count else { return nil }
                return (index, bytes[index + 1] == 0x0A ? index + 2 : index + 1)
            default:
                index += 1
            }
        }
        return nil
    }

    private mutating func take(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        switch bytes[line.lowerBound] {
        case UInt8(ascii: ":"):
            break
        case UInt8(ascii: "d") where bytes.starts("data", in: line):
            self.data = self.dataLines == 0 ? Self.value(bytes, line, 4) : nil
            self.dataLines += 1
        case UInt8(ascii: "e") where bytes.starts("event", in: line):
            self.name = Self.value(bytes, line, 5)
            self.hasForeignLines = true
        case UInt8(ascii: "e") where bytes.starts("error", in: line):
            self.error = Self.value(bytes, line, 5)
            self.hasForeignLines = true
        default:
            self.hasForeignLines = true
        }
    }

    private static func value(_ bytes: Span<UInt8>, _ line: Range<Int>, _ name: Int) -> Range<Int> {
        var start = min(line.lowerBound + name + 1, line.upperBound)
        if start < line.upperBound, bytes[start] == 0x20 { start += 1 }
        return start..<line.upperBound
    }
}

extension Span<UInt8> {
    /// Whether a line is a field of this name: the name, then a colon or the line's end.
    fileprivate func starts(_ name: StaticString, in line: Range<Int>) -> Bool {
        let length = name.utf8CodeUnitCount
        guard line.count >= length, self.matches(name, at: line.lowerBound) else { return false }
        return line.count == length || self[line.lowerBound + length] == UInt8(ascii: ":")
    }

    /// Whether the bytes from an offset on are those of a text.
    func matches(_ text: StaticString, at offset: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset >= 0, offset + length <= self.count else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<length where self[offset + index] != expected[index] { return false }
            return true
        }
    }
}
