import NIOCore

/// Reads one HTTP/1.1 answer after the other from a connection to a model server, as a pure value.
///
/// RFC 9112 as a client that never asks for an upgrade and never sends `HEAD` or `CONNECT`. It is strict: whatever could be
/// read in two ways is a fault, and ends the connection. Bodies are passed on in slices; of a header only the fields that
/// somebody here reads are made into text.
struct AnswerParser {
    /// The largest head, and the largest trailers, in bytes.
    static let largestHead = 64 * 1024
    /// The longest line that begins a chunk, its extensions included.
    static let longestChunkLine = 4 * 1024

    /// What has been read.
    enum Event: Equatable {
        case head(AnswerHead)
        /// Bytes of the body, never empty.
        case body(ByteBuffer)
        case end
    }

    /// Why the bytes are no answer.
    enum Fault: Error, Equatable {
        case statusLine
        case field
        case tooLarge
        case framing
        case chunk
        case upgrade
        /// The connection ended inside the answer.
        case truncated
    }

    enum State: Equatable {
        case head
        case body(left: Int)
        case untilClose
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailers(read: Int)
        case end
        /// The answer is complete; ``begin()`` begins the next one.
        case over
    }

    private(set) var state = State.over
    private var bytes = ByteBuffer()
    /// Whether the server keeps the connection after this answer; known with its head.
    private(set) var staysOpen = false

    /// Expects an answer.
    mutating func begin() {
        self.state = .head
        self.staysOpen = false
    }

    /// Whether bytes are there that belong to no answer.
    var hasExcess: Bool { self.state == .over && self.bytes.readableBytes > 0 }

    /// Takes bytes; ``next()`` makes events of them.
    mutating func receive(_ bytes: ByteBuffer) {
        if self.bytes.readableBytes == 0 {
            self.bytes = bytes
        } else {
            self.bytes.writeImmutableBuffer(bytes)
        }
    }

    /// The next event, or `nil` until more bytes come.
    mutating func next() throws(Fault) -> Event? {
        if self.bytes.readableBytes > 0 || self.state == .end, let event = try self.read() { return event }
        // Held on to, bytes that have been read would keep the channel from reading into them again.
        if self.bytes.readableBytes == 0 { self.bytes = ByteBuffer() }
        return nil
    }

    private mutating func read() throws(Fault) -> Event? {
        while true {
            switch self.state {
            case .head:
                guard let head = try self.readHead() else { return nil }
                return .head(head)
            case .body(let left):
                guard let slice = self.readBody(atMost: left) else { return nil }
                self.state = slice.readableBytes == left ? .end : .body(left: left - slice.readableBytes)
                return .body(slice)
            case .untilClose:
                return self.readBody(atMost: .max).map { .body($0) }
            case .chunkSize:
                guard let size = try self.readChunkSize() else { return nil }
                if let chunk = self.readWholeChunk(size) { return .body(chunk) }
                self.state = size == 0 ? .trailers(read: 0) : .chunk(left: size)
            case .chunk(let left):
                guard let slice = self.readBody(atMost: left) else { return nil }
                self.state = slice.readableBytes == left ? .chunkEnd : .chunk(left: left - slice.readableBytes)
                return .body(slice)
            case .chunkEnd:
                guard let end = self.bytes.getInteger(at: self.bytes.readerIndex, as: UInt16.self) else {
                    return try self.awaitChunkEnd()
                }
                guard end == 0x0D0A else { throw .chunk }
                self.bytes.moveReaderIndex(forwardBy: 2)
                self.state = .chunkSize
            case .trailers(let read):
                guard let line = try self.readTrailer(after: read) else { return nil }
                self.state = line == 0 ? .end : .trailers(read: read + line + 2)
            case .end:
                self.state = .over
                return .end
            case .over:
                return nil
            }
        }
    }

    /// The connection ended: the end of an answer that had no other.
    mutating func finish() throws(Fault) -> Event? {
        switch self.state {
        case .untilClose, .end:
            self.state = .over
            return .end
        case .over:
            return nil
        case .head, .body, .chunkSize, .chunk, .chunkEnd, .trailers:
            throw .truncated
        }
    }

    // MARK: Bodies

    private mutating func readBody(atMost most: Int) -> ByteBuffer? {
        let count = min(most, self.bytes.readableBytes)
        return count > 0 ? self.bytes.readSlice(length: count) : nil
    }

    private mutating func readChunkSize() throws(Fault) -> Int? {
        guard self.bytes.readableBytes > 0 else { return nil }
        if let (size, length) = self.bareChunkSize() {
            self.bytes.moveReaderIndex(forwardBy: length)
            return size
        }
        guard let end = try self.findLine(longest: Self.longestChunkLine, otherwise: .chunk) else { return nil }
        var size = 0
        var digits = 0
        let view = self.bytes.readableBytesView.prefix(end)
        for byte in view {
            guard let digit = Self.hexadecimal(byte) else { break }
            size = size << 4 | digit
            digits += 1
            guard digits <= 15 else { throw .chunk }
        }
        // Behind the size may stand extensions (RFC 9112 §7.1.1), which nobody here knows.
        let rest = view.dropFirst(digits).drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard digits > 0, digits == end || rest.first == UInt8(ascii: ";") else { throw .chunk }
        self.bytes.moveReaderIndex(forwardBy: end + 2)
        return size
    }

    /// The size in a line that holds nothing else, as those of nearly all servers do, and the length of that line with its end;
    /// `nil` when it is another line, or not whole.
    private func bareChunkSize() -> (size: Int, length: Int)? {
        let bytes = self.bytes.readableBytesUInt8Span
        var size = 0
        var index = 0
        while index < min(bytes.count, 15), let digit = Self.hexadecimal(bytes[index]) {
            size = size << 4 | digit
            index += 1
        }
        guard index > 0, index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A else { return nil }
        return (size, index + 2)
    }

    /// A chunk that is there with its end, as most are; another one begins behind it.
    private mutating func readWholeChunk(_ size: Int) -> ByteBuffer? {
        let end = self.bytes.readerIndex + size
        guard size > 0, size <= self.bytes.readableBytes - 2,
            self.bytes.getInteger(at: end, as: UInt16.self) == 0x0D0A
        else { return nil }
        let chunk = self.bytes.readSlice(length: size)
        self.bytes.moveReaderIndex(forwardBy: 2)
        return chunk
    }

    private func awaitChunkEnd() throws(Fault) -> Event? {
        if let first = self.bytes.readableBytesView.first, first != 0x0D { throw .chunk }
        return nil
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte &- UInt8(ascii: "a") &+ 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte &- UInt8(ascii: "A") &+ 10)
        default: nil
        }
    }

    // MARK: Lines

    /// Reads a line of the trailers away, and answers its length without its end; nobody here knows any trailer.
    private mutating func readTrailer(after read: Int) throws(Fault) -> Int? {
        guard let length = try self.findLine(longest: Self.largestHead - read, otherwise: .tooLarge) else { return nil }
        if length > 0 {
            do {
                try self.bytes.withUnsafeReadableBytes { bytes in
                    _ = try AnswerHeadReader.field(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
                }
            } catch {
                throw .field
            }
        }
        self.bytes.moveReaderIndex(forwardBy: length + 2)
        return length
    }

    /// The length of the next line without its end, once its end is there.
    private func findLine(longest: Int, otherwise fault: Fault) throws(Fault) -> Int? {
        let view = self.bytes.readableBytesView
        guard let lineFeed = view.prefix(longest + 2).firstIndex(of: 0x0A) else {
            guard view.count < longest + 2 else { throw fault }
            return nil
        }
        guard lineFeed > view.startIndex, view[lineFeed - 1] == 0x0D else { throw fault }
        return lineFeed - 1 - view.startIndex
    }

    // MARK: Heads

    private mutating func readHead() throws(Fault) -> AnswerHead? {
        while true {
            var reader = AnswerHeadReader()
            let length: Int?
            do {
                length = try self.bytes.withUnsafeReadableBytes { try reader.read($0) }
            } catch {
                throw error as? Fault ?? .field
            }
            guard let length else {
                guard self.bytes.readableBytes <= Self.largestHead else { throw .tooLarge }
                return nil
            }
            self.bytes.moveReaderIndex(forwardBy: length)
            // An informational answer comes before the one that counts.
            if (100..<200).contains(reader.head.status) {
                guard reader.head.status != 101 else { throw .upgrade }
                continue
            }
            self.state = try reader.framing()
            self.staysOpen = reader.staysOpen && self.state != .untilClose
            return reader.head
        }
    }
}
