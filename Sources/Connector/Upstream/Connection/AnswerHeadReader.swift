import TunnelProtocol

/// Reads the head of one answer, once all of it is there.
struct AnswerHeadReader {
    private(set) var head = AnswerHead(status: 0)
    /// Whether the server says, or its version implies, that it keeps the connection.
    private(set) var staysOpen = false
    /// Whether it is HTTP/1.0, which has no chunks.
    private var isOldVersion = false
    private var contentLength: Int?
    private var isChunked = false

    /// - Returns: the head's length with the empty line at its end, or `nil` when that has not come yet.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(AnswerParser.Fault) -> Int? {
        guard var line = try Self.line(in: bytes, from: 0, otherwise: .statusLine) else { return nil }
        // Nothing is made of a head that is not complete: it will be read again from its beginning.
        guard Self.isComplete(bytes, from: line) else {
            guard bytes.count <= AnswerParser.largestHead else { throw .tooLarge }
            return nil
        }
        try self.readStatusLine(UnsafeRawBufferPointer(rebasing: bytes[..<line]))
        while true {
            let start = line + 2
            guard let end = try Self.line(in: bytes, from: start, otherwise: .field) else { return nil }
            guard end <= AnswerParser.largestHead else { throw .tooLarge }
            if end == start { return end + 2 }
            try self.readField(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            line = end
        }
    }

    /// How the body is delimited (RFC 9112 §6.3).
    func framing() throws(AnswerParser.Fault) -> AnswerParser.State {
        if self.head.status == 204 || self.head.status == 304 { return .end }
        if self.isChunked {
            // Both, or chunks in a version that has none, is how requests are smuggled.
            guard self.contentLength == nil, !self.isOldVersion else { throw .framing }
            return .chunkSize
        }
        guard let contentLength else { return .untilClose }
        return contentLength == 0 ? .end : .body(left: contentLength)
    }

    // MARK: Lines

    /// Where the line that begins somewhere ends, before its CR LF; `nil` when its end has not come yet.
    private static func line(
        in bytes: UnsafeRawBufferPointer,
        from start: Int,
        otherwise fault: AnswerParser.Fault
    ) throws(AnswerParser.Fault) -> Int? {
        guard let lineFeed = bytes[start...].firstIndex(of: 0x0A) else { return nil }
        guard lineFeed > start, bytes[lineFeed - 1] == 0x0D else { throw fault }
        return lineFeed - 1
    }

    /// Whether an empty line, or one that is a fault, comes somewhere behind the line whose end is given.
    private static func isComplete(_ bytes: UnsafeRawBufferPointer, from end: Int) -> Bool {
        var start = end + 2
        while let lineFeed = bytes[start...].firstIndex(of: 0x0A) {
            if lineFeed - start <= 1 || bytes[lineFeed - 1] != 0x0D { return true }
            start = lineFeed + 1
        }
        return false
    }

    private static let version = Array("HTTP/1.".utf8)

    private mutating func readStatusLine(_ line: UnsafeRawBufferPointer) throws(AnswerParser.Fault) {
        guard line.count >= 12, line.starts(with: Self.version) else { throw .statusLine }
        switch line[7] {
        case UInt8(ascii: "1"): self.staysOpen = true
        case UInt8(ascii: "0"): self.isOldVersion = true
        default: throw .statusLine
        }
        // The reason may be missing, and in careless servers the blank before it too.
        guard line[8] == 0x20, line.count == 12 || line[12] == 0x20 else { throw .statusLine }
        for byte in line[9..<12] {
            guard let digit = Self.digit(byte) else { throw .statusLine }
            self.head.status = self.head.status * 10 + digit
        }
        guard self.head.status >= 100, line[12...].allSatisfy({ Self.mayStandInValue($0) }) else { throw .statusLine }
    }

    /// The name and the value of a line, or a fault.
    static func field(
        _ line: UnsafeRawBufferPointer
    ) throws(AnswerParser.Fault) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        // A line that begins with white space would continue the one before it (obs-fold): no token begins so.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy({ Self.mayStandInName($0) })
        else { throw .field }
        let value = Self.trimmed(line[(colon + 1)...])
        guard value.allSatisfy({ Self.mayStandInValue($0) }) else { throw .field }
        return (UnsafeRawBufferPointer(rebasing: line[..<colon]), value)
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) throws(AnswerParser.Fault) {
        let (name, value) = try Self.field(line)
        // Lengths first: most fields are told apart by them.
        switch name.count {
        case 6 where Self.isSame(name, "server"):
            self.head.server = String(decoding: value, as: UTF8.self)
        case 10 where Self.isSame(name, "connection"):
            self.readConnection(value)
        case 11 where Self.isSame(name, "retry-after"):
            self.pass("retry-after", value)
        case 12 where Self.isSame(name, "content-type"):
            self.pass("content-type", value)
        case 14 where Self.isSame(name, "content-length"):
            try self.readContentLength(value)
        case 14 where Self.isSame(name, "retry-after-ms"):
            self.pass("retry-after-ms", value)
        case 16 where Self.isSame(name, "content-encoding"):
            self.pass("content-encoding", value)
        case 17 where Self.isSame(name, "transfer-encoding"):
            guard !self.isChunked, Self.isSame(value, "chunked") else { throw .framing }
            self.isChunked = true
        default:
            break
        }
    }

    // MARK: Fields

    private mutating func pass(_ name: String, _ value: UnsafeRawBufferPointer) {
        self.head.fields.append(BinaryHTTP.Field(name: name, value: String(decoding: value, as: UTF8.self)))
    }

    private mutating func readContentLength(_ value: UnsafeRawBufferPointer) throws(AnswerParser.Fault) {
        guard self.contentLength == nil, (1...15).contains(value.count) else { throw .framing }
        var length = 0
        for byte in value {
            guard let digit = Self.digit(byte) else { throw .framing }
            length = length * 10 + digit
        }
        self.contentLength = length
    }

    /// `close` wins over everything, `keep-alive` over the version (RFC 9112 §9.3).
    private mutating func readConnection(_ value: UnsafeRawBufferPointer) {
        for option in value.split(separator: UInt8(ascii: ",")) {
            let option = Self.trimmed(option)
            if Self.isSame(option, "close") {
                self.closes = true
            } else if Self.isSame(option, "keep-alive") {
                self.staysOpen = true
            }
        }
        if self.closes { self.staysOpen = false }
    }

    private var closes = false

    // MARK: Bytes

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte &- UInt8(ascii: "0")) : nil
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> UnsafeRawBufferPointer {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return UnsafeRawBufferPointer(rebasing: bytes)
    }

    /// Whether bytes are a text in lower case, whatever their own case.
    private static func isSame(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count {
            let byte = bytes[index]
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard lower == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// A token's character (RFC 9110 §5.6.2).
    private static func mayStandInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    /// A field value's character (RFC 9110 §5.5): no control character but the tabulator.
    private static func mayStandInValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == 0x09
    }
}
