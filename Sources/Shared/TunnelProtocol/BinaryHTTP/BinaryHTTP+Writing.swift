package import NIOCore

extension BinaryHTTP {
    /// Writes a request's head.
    package static func write(_ head: RequestHead, to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(Framing.request)
        bytes.writeLengthPrefixedText(head.method)
        bytes.writeLengthPrefixedText(head.scheme)
        bytes.writeLengthPrefixedText(head.authority)
        bytes.writeLengthPrefixedText(head.path)
        self.write(head.fields, to: &bytes)
    }

    /// Writes the final response's head.
    package static func write(_ head: ResponseHead, to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(Framing.response)
        bytes.writeVariableLengthInteger(UInt64(max(0, head.status)))
        self.write(head.fields, to: &bytes)
    }

    /// Writes one chunk of content; nothing when it is empty, because an empty chunk is the content's end.
    package static func write(content: ByteBuffer, to bytes: inout ByteBuffer) {
        guard content.readableBytes > 0 else { return }
        self.writeContentHeader(length: content.readableBytes, to: &bytes)
        bytes.writeImmutableBuffer(content)
    }

    /// Writes what precedes a chunk of content whose bytes follow by themselves; the length is at least 1.
    package static func writeContentHeader(length: Int, to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(UInt64(length))
    }

    /// Puts what precedes a chunk of content right before it, into room that the buffer has there: four bytes are enough for
    /// less than 2^30, which the content's length must be, and at least 1.
    package static func prependContentHeader(to content: inout ByteBuffer) {
        let length = UInt64(content.readableBytes)
        let start = content.readerIndex - VariableLengthInteger.length(of: length)
        content.setVariableLengthInteger(length, at: start)
        content.moveReaderIndex(to: start)
    }

    /// Writes the end of the content, and the trailers.
    package static func writeEnd(trailers: [Field], to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(0)
        self.write(trailers, to: &bytes)
    }

    private static func write(_ fields: [Field], to bytes: inout ByteBuffer) {
        for field in fields where !field.name.isEmpty {
            bytes.writeLengthPrefixedText(field.name)
            bytes.writeLengthPrefixedText(field.value)
        }
        bytes.writeVariableLengthInteger(0)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeLengthPrefixedText(_ text: String) {
        self.writeVariableLengthInteger(UInt64(text.utf8.count))
        self.writeString(text)
    }
}
