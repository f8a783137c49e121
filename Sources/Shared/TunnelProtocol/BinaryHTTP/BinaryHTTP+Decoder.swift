package import NIOCore

extension BinaryHTTP {
    /// Reads one message piece by piece.
    ///
    /// Content is passed on as it comes, in slices; only heads and trailers are gathered, up to ``largestFields`` bytes each. Each text
    /// and each field line of them is read once, when it is whole, so that the work does not depend on how the bytes were cut.
    package struct Decoder {
        /// Which message is read.
        package enum Kind: Sendable {
            case request
            case response
        }

        private enum State {
            case framing
            // The four texts that a request begins with.
            case method
            case scheme
            case authority
            case path
            /// What a response begins with, and the head after an informational one.
            case status
            /// Before a field line of a head, or its end.
            case fields
            /// Before a chunk; content may be left out only when there is none (RFC 9292 §3.8).
            case contentLength(isFirst: Bool)
            case content(left: UInt64)
            /// Before a field line of the trailers, or their end.
            case trailers
            case over
        }

        /// The most bytes that a head or the trailers may take.
        package static let largestFields = 128 * 1_024

        /// No head of a call has more fields as a rule.
        private static let usualFields = 8

        private let kind: Kind
        private var state = State.framing
        private var bytes = ByteBuffer()
        /// What is known of the head of a request; its fields are in ``fields`` until they are whole.
        private var request = RequestHead(method: "", scheme: "", authority: "", path: "", fields: [])
        /// What is known of the head of a response.
        private var status = 0
        /// The field lines so far of the head or of the trailers.
        private var fields: [Field] = []
        /// How many bytes of the head or of the trailers were read.
        private var taken = 0

        package init(_ kind: Kind) {
            self.kind = kind
        }

        /// Adds bytes; ``next()`` takes them.
        package mutating func receive(_ bytes: ByteBuffer) {
            if self.bytes.readableBytes == 0 {
                self.bytes = bytes
            } else {
                self.bytes.writeImmutableBuffer(bytes)
            }
        }

        /// The next part, or `nil` until more bytes come.
        package mutating func next() throws(DecodingError) -> Part? {
            if let part = try self.read() { return part }
            // Held on to, bytes that are read would keep a whole read of the tunnel alive, and keep others from reading into it.
            if self.bytes.readableBytes == 0 { self.bytes = ByteBuffer() }
            return nil
        }

        private mutating func read() throws(DecodingError) -> Part? {
            while true {
                switch self.state {
                case .framing:
                    guard let framing = self.bytes.readVariableLengthInteger() else { return nil }
                    guard framing == (self.kind == .request ? Framing.request : Framing.response) else {
                        throw .unknownFraming(framing)
                    }
                    self.state = self.kind == .request ? .method : .status
                case .method:
                    guard let text = try self.readText() else { return nil }
                    self.request.method = text
                    self.state = .scheme
                case .scheme:
                    guard let text = try self.readText() else { return nil }
                    self.request.scheme = text
                    self.state = .authority
                case .authority:
                    guard let text = try self.readText() else { return nil }
                    self.request.authority = text
                    self.state = .path
                case .path:
                    guard let text = try self.readText() else { return nil }
                    self.request.path = text
                    self.state = .fields
                case .status:
                    let start = self.bytes.readerIndex
                    guard let status = self.bytes.readVariableLengthInteger() else { return nil }
                    guard (100...599).contains(status) else { throw .invalidStatus(status) }
                    try self.count(from: start)
                    self.status = Int(status)
                    self.state = .fields
                case .fields:
                    guard let fields = try self.readFields() else { return nil }
                    return self.head(fields)
                case .contentLength:
                    guard let length = self.bytes.readVariableLengthInteger() else { return nil }
                    self.state = length == 0 ? .trailers : .content(left: length)
                case .content(let left):
                    let count = Int(clamping: min(left, UInt64(self.bytes.readableBytes)))
                    guard count > 0, let slice = self.bytes.readSlice(length: count) else { return nil }
                    self.state =
                        left == UInt64(count) ? .contentLength(isFirst: false) : .content(left: left - UInt64(count))
                    return .content(slice)
                case .trailers:
                    guard let trailers = try self.readFields() else { return nil }
                    self.state = .over
                    return .end(trailers: trailers)
                case .over:
                    // Only padding may follow (RFC 9292 §3.8); however much comes, none of it is kept.
                    guard self.bytes.readableBytesView.allSatisfy({ $0 == 0 }) else { throw .trailingBytes }
                    self.bytes = ByteBuffer()
                    return nil
                }
            }
        }

        /// The stream ended: the end of a message whose empty last sections were left out (RFC 9292 §3.8), `nil` when the
        /// end was told already.
        package mutating func finish() throws(DecodingError) -> Part? {
            if let part = try self.next() { return part }
            switch self.state {
            case .over:
                return nil
            case .contentLength(isFirst: true), .trailers:
                guard self.bytes.readableBytes == 0, self.taken == 0 else { throw .truncated }
                self.state = .over
                return .end(trailers: [])
            case .framing, .method, .scheme, .authority, .path, .status, .fields, .contentLength, .content:
                throw .truncated
            }
        }

        // MARK: Inside

        /// What came and is no whole text or field line yet, in bytes.
        var unread: Int { self.bytes.readableBytes }

        /// A head whose fields are whole.
        private mutating func head(_ fields: [Field]) -> Part {
            switch self.kind {
            case .request:
                var head = self.request
                head.fields = fields
                self.request = RequestHead(method: "", scheme: "", authority: "", path: "", fields: [])
                self.state = .contentLength(isFirst: true)
                return .requestHead(head)
            case .response:
                // After an informational response comes another head.
                self.state = self.status < 200 ? .status : .contentLength(isFirst: true)
                return .responseHead(ResponseHead(status: self.status, fields: fields))
            }
        }

        /// Reads field lines, those before them included that came earlier; `nil` until their end has come.
        private mutating func readFields() throws(DecodingError) -> [Field]? {
            while true {
                let start = self.bytes.readerIndex
                guard let nameLength = try self.readLength() else { return try self.waitForMore(from: start) }
                if nameLength == 0 {
                    try self.count(from: start)
                    self.taken = 0
                    defer { self.fields = [] }
                    return self.fields
                }
                let nameStart = self.bytes.readerIndex
                self.bytes.moveReaderIndex(forwardBy: nameLength)
                // No text is made before both are there.
                guard let valueLength = try self.readLength() else { return try self.waitForMore(from: start) }
                let valueStart = self.bytes.readerIndex
                self.bytes.moveReaderIndex(to: nameStart)
                let isValid = Self.isValid(
                    self.bytes.readableBytesUInt8Span,
                    nameLength: nameLength,
                    valueStart: valueStart - nameStart,
                    valueLength: valueLength
                )
                let name = self.bytes.readString(length: nameLength) ?? ""
                self.bytes.moveReaderIndex(to: valueStart)
                let value = self.bytes.readString(length: valueLength) ?? ""
                try self.count(from: start)
                guard isValid, !BinaryHTTP.isOfConnection(name) else { throw .invalidField(name) }
                if self.fields.isEmpty { self.fields.reserveCapacity(Self.usualFields) }
                self.fields.append(Field(name: name, value: value))
            }
        }

        /// One text of the control data; `nil` until it is whole.
        private mutating func readText() throws(DecodingError) -> String? {
            let start = self.bytes.readerIndex
            guard let length = try self.readLength(), let text = self.bytes.readString(length: length) else {
                return try self.waitForMore(from: start)
            }
            try self.count(from: start)
            return text
        }

        /// The length of the text that begins behind it, once that is whole too.
        private mutating func readLength() throws(DecodingError) -> Int? {
            guard let length = self.bytes.readVariableLengthInteger() else { return nil }
            guard length <= UInt64(Self.largestFields) else { throw .tooLarge }
            return length <= UInt64(self.bytes.readableBytes) ? Int(length) : nil
        }

        /// Something of a head or of the trailers is not whole: it is read when it is.
        private mutating func waitForMore<Whole>(from start: Int) throws(DecodingError) -> Whole? {
            self.bytes.moveReaderIndex(to: start)
            guard self.taken + self.bytes.readableBytes <= Self.largestFields else { throw .tooLarge }
            return nil
        }

        /// Something of a head or of the trailers was read: the same limit, so that it does not depend on how the bytes were cut.
        private mutating func count(from start: Int) throws(DecodingError) {
            self.taken += self.bytes.readerIndex - start
            guard self.taken <= Self.largestFields else { throw .tooLarge }
        }

        /// Whether a name is a token in lower case (RFC 9110 §5.6.2), and a value has nothing that would end a line of HTTP/1.1 (§5.5).
        ///
        /// Asked of the bytes and not of the texts made of them: what is no text in UTF-8 is no token either.
        /// - Parameter bytes: begin with the name; the value begins at `valueStart`.
        private static func isValid(_ bytes: Span<UInt8>, nameLength: Int, valueStart: Int, valueLength: Int) -> Bool {
            for index in 0..<nameLength where !self.mayStandInName(bytes[index]) { return false }
            for index in valueStart..<valueStart + valueLength {
                let byte = bytes[index]
                if byte == 0x0D || byte == 0x0A || byte == 0x00 { return false }
            }
            return true
        }

        private static func mayStandInName(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
                UInt8(ascii: "~"):
                true
            default: false
            }
        }
    }
}
