/// The head of an HTTP/1.1 answer as it stood on the wire.
package struct AnswerHead: Hashable, Sendable {
    package var status: Int
    /// Names in lower case, in the order in which they came.
    package var fields: [(name: String, value: String)]

    /// The value of a field; several are joined by a comma.
    package subscript(name: String) -> String? {
        let values = self.fields.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.status == right.status && left.fields.elementsEqual(right.fields, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.status)
    }
}

/// What came was no HTTP/1.1 answer.
package struct BadAnswer: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Reads HTTP/1.1 answers (RFC 9112) from bytes that come in any pieces, strictly: a relay's framing must be right.
struct AnswerParser {
    enum Part {
        case head(AnswerHead)
        case piece([UInt8])
        case end
    }

    private enum State {
        case head
        case counted(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailer
        case untilClose
    }

    private var state = State.head
    private var bytes: [UInt8] = []
    /// Whether the next answer has no body whatever its head says, because HEAD was asked.
    var isForHead = false

    mutating func receive(_ more: some Sequence<UInt8>) {
        self.bytes.append(contentsOf: more)
    }

    /// The next part, or `nil` when more bytes are needed.
    mutating func next() throws -> Part? {
        switch self.state {
        case .head:
            return try self.nextHead()
        case .counted(let left):
            if left == 0 {
                self.state = .head
                return .end
            }
            return self.piece(atMost: left).map { piece in
                self.state = .counted(left: left - piece.count)
                return .piece(piece)
            }
        case .chunkSize:
            guard let line = try self.line() else { return nil }
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else {
                throw BadAnswer("«\(line)» is no size of a chunk")
            }
            self.state = size == 0 ? .trailer : .chunk(left: size)
            return try self.next()
        case .chunk(let left):
            return self.piece(atMost: left).map { piece in
                self.state = piece.count == left ? .chunkEnd : .chunk(left: left - piece.count)
                return .piece(piece)
            }
        case .chunkEnd:
            guard let line = try self.line() else { return nil }
            guard line.isEmpty else { throw BadAnswer("a chunk is followed by «\(line)»") }
            self.state = .chunkSize
            return try self.next()
        case .trailer:
            guard let line = try self.line() else { return nil }
            guard line.isEmpty else { return try self.next() }
            self.state = .head
            return .end
        case .untilClose:
            return self.piece(atMost: .max).map { .piece($0) }
        }
    }

    /// The connection ended: whether that was the proper end of a body.
    func closed() throws {
        switch self.state {
        case .untilClose: break
        case .head where self.bytes.isEmpty: break
        default: throw BadAnswer("the connection was closed in the middle of an answer")
        }
    }

    /// Whether the body that is being read is ended by the connection's end.
    var endsWithConnection: Bool { if case .untilClose = self.state { true } else { false } }

    private mutating func nextHead() throws -> Part? {
        guard let end = self.headEnd() else { return nil }
        let lines = String(decoding: self.bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        self.bytes.removeSubrange(..<(end + 4))
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else { throw BadAnswer("«\(lines.first ?? "")» is no status line of HTTP/1.1") }
        var head = AnswerHead(status: status, fields: [])
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw BadAnswer("«\(line)» is no header field") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            head.fields.append((line[..<colon].lowercased(), String(value)))
        }
        if status < 200 { return .head(head) }
        try self.frame(by: head)
        return .head(head)
    }

    private mutating func frame(by head: AnswerHead) throws {
        let isChunked = head["transfer-encoding"]?.lowercased() == "chunked"
        if isChunked, head["content-length"] != nil {
            throw BadAnswer("an answer has both content-length and transfer-encoding")
        }
        if self.isForHead || head.status == 204 || head.status == 304 {
            self.state = .counted(left: 0)
        } else if isChunked {
            self.state = .chunkSize
        } else if let length = head["content-length"] {
            guard let count = Int(length), count >= 0 else { throw BadAnswer("content-length is «\(length)»") }
            self.state = .counted(left: count)
        } else {
            self.state = .untilClose
        }
        self.isForHead = false
    }

    private func headEnd() -> Int? {
        guard self.bytes.count >= 4 else { return nil }
        let mark = Array("\r\n\r\n".utf8)
        return (0...(self.bytes.count - 4)).first { self.bytes[$0..<($0 + 4)].elementsEqual(mark) }
    }

    private mutating func line() throws -> String? {
        guard let end = self.bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        guard end > 0, self.bytes[end - 1] == UInt8(ascii: "\r") else { throw BadAnswer("a line ends without CR") }
        defer { self.bytes.removeSubrange(...end) }
        return String(decoding: self.bytes[..<(end - 1)], as: UTF8.self)
    }

    private mutating func piece(atMost limit: Int) -> [UInt8]? {
        guard !self.bytes.isEmpty else { return nil }
        let piece = Array(self.bytes.prefix(limit))
        self.bytes.removeFirst(piece.count)
        return piece
    }
}
