package import NIOCore

extension BinaryHTTP {
    /// Reads one message piece by piece.
    ///
    /// Content is passed on as it comes, in slices; only heads and trailers are gathered, up to ``largestFields`` bytes each.
    package struct Decoder {
        /// Which message is read.
        package enum Kind: Sendable {
            case request
            case response
        }

        private enum State {
            case framing
            case fields
            /// Before a chunk; content may be left out only when there is none (RFC 9292 §3.8).
            case contentLength(isFirst: Bool)
            case content(left: UInt64)
            case trailers
            case over
        }

        /// The most bytes that a head or the trailers may take.
        package static let largestFields = 128 * 1_024

        private let kind: Kind
        private var state = State.framing
        private var bytes = ByteBuffer()

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
                    var attempt = self.bytes
                    guard let framing = attempt.readVariableLengthInteger() else { return nil }
                    guard framing == (self.kind == .request ? Framing.request : Framing.response) else {
                        throw .unknownFraming(framing)
                    }
                    self.bytes = attempt
                    self.state = .fields
                case .fields:
                    guard let part = try self.readHead() else { return nil }
                    return part
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
                    var attempt = self.bytes
                    guard let trailers = try self.readFields(&attempt) else { return try self.waitForMore() }
                    try self.take(upTo: attempt)
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
                guard self.bytes.readableBytes == 0 else { throw .truncated }
                self.state = .over
                return .end(trailers: [])
            case .framing, .fields, .contentLength, .content:
                throw .truncated
            }
        }

        // MARK: Inside

        private mutating func readHead() throws(DecodingError) -> Part? {
            var attempt = self.bytes
            switch self.kind {
            case .request:
                guard let method = try self.readText(&attempt), let scheme = try self.readText(&attempt),
                    let authority = try self.readText(&attempt), let path = try self.readText(&attempt),
                    let fields = try self.readFields(&attempt)
                else { return try self.waitForMore() }
                try self.take(upTo: attempt)
                self.state = .contentLength(isFirst: true)
                return .requestHead(
                    RequestHead(method: method, scheme: scheme, authority: authority, path: path, fields: fields)
                )
            case .response:
                guard let status = attempt.readVariableLengthInteger() else { return try self.waitForMore() }
                guard (100...599).contains(status) else { throw .invalidStatus(status) }
                guard let fields = try self.readFields(&attempt) else { return try self.waitForMore() }
                try self.take(upTo: attempt)
                // After an informational response comes another head.
                if status >= 200 { self.state = .contentLength(isFirst: true) }
                return .responseHead(ResponseHead(status: Int(status), fields: fields))
            }
        }

        /// What waits is a part of one head or of the trailers.
        private func waitForMore() throws(DecodingError) -> Part? {
            guard self.bytes.readableBytes <= Self.largestFields else { throw .tooLarge }
            return nil
        }

        /// A head or the trailers are whole: the same limit, so that it does not depend on how the bytes were cut.
        private mutating func take(upTo rest: ByteBuffer) throws(DecodingError) {
            guard self.bytes.readableBytes - rest.readableBytes <= Self.largestFields else { throw .tooLarge }
            self.bytes = rest
        }

        private func readFields(_ attempt: inout ByteBuffer) throws(DecodingError) -> [Field]? {
            let start = attempt.readerIndex
            var fields: [Field] = []
            while true {
                guard attempt.readerIndex - start <= Self.largestFields else { throw .tooLarge }
                guard let length = attempt.readVariableLengthInteger() else { return nil }
                if length == 0 { return fields }
                guard length <= UInt64(Self.largestFields) else { throw .tooLarge }
                guard length <= UInt64(attempt.readableBytes), let name = attempt.readString(length: Int(length)) else {
                    return nil
                }
                guard let value = try self.readText(&attempt) else { return nil }
                guard Self.isValid(name: name), Self.isValid(value: value) else { throw .invalidField(name) }
                fields.append(Field(name: name, value: value))
            }
        }

        private func readText(_ attempt: inout ByteBuffer) throws(DecodingError) -> String? {
            guard let length = attempt.readVariableLengthInteger() else { return nil }
            guard length <= UInt64(Self.largestFields) else { throw .tooLarge }
            guard length <= UInt64(attempt.readableBytes) else { return nil }
            return attempt.readString(length: Int(length))
        }

        /// A token in lower case (RFC 9110 §5.6.2) that does not speak of the connection.
        private static func isValid(name: String) -> Bool {
            !BinaryHTTP.connectionFields.contains(name)
                && name.utf8.allSatisfy { byte in
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

        /// Nothing that would end a line of HTTP/1.1 (RFC 9110 §5.5).
        private static func isValid(value: String) -> Bool {
            value.utf8.allSatisfy { $0 != 0x0D && $0 != 0x0A && $0 != 0x00 }
        }
    }
}
