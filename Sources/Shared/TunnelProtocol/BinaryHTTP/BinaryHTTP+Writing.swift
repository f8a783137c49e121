package import NIOCore

extension BinaryHTTP {
    /// Writes a request's head.
    package static func write(_ head: RequestHead, to bytes: inout ByteBuffer) {
        self.beginRequest(head.method, scheme: head.scheme, authority: head.authority, path: head.path, to: &bytes)
        self.write(head.fields, to: &bytes)
    }

    /// Writes what precedes the fields of a request's head; they follow one by one, and then their end.
    package static func beginRequest(
        _ method: String,
        scheme: String,
        authority: String,
        path: String,
        to bytes: inout ByteBuffer
    ) {
        bytes.writeVariableLengthInteger(Framing.request)
        bytes.writeLengthPrefixedText(method)
        bytes.writeLengthPrefixedText(scheme)
        bytes.writeLengthPrefixedText(authority)
        bytes.writeLengthPrefixedText(path)
    }

    /// Writes one field of a head; nothing when it has no name.
    package static func write(_ name: String, _ value: String, to bytes: inout ByteBuffer) {
        guard !name.isEmpty else { return }
        bytes.writeLengthPrefixedText(name)
        bytes.writeLengthPrefixedText(value)
    }

    /// Writes the end of a head's fields.
    package static func endFields(to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(0)
    }

    /// Writes the final response's head.
    package static func write(_ head: ResponseHead, to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(Framing.response)
        bytes.writeVariableLengthInteger(UInt64(max(0, head.status)))
        self.write(head.fields, to: &bytes)
    }

    /// Writes one chunk of content; nothing when it is empty, because an empty chunk is the content's end.
    package static func write(content: ByteBuffer, to bytes: inout ByteBuffer) {
        let length = content.readableBytes
        guard length > 0 else { return }
        bytes.writeWithOutputRawSpan(minimumWritableBytes: VariableLengthInteger.longest + length) { output in
            output.append(variableLengthInteger: UInt64(length))
            output.append(content)
        }
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
        for field in fields { self.write(field.name, field.value, to: &bytes) }
        self.endFields(to: &bytes)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeLengthPrefixedText(_ text: String) {
        let text = text.utf8
        self.writeWithOutputRawSpan(minimumWritableBytes: VariableLengthInteger.longest + text.count) { bytes in
            bytes.append(variableLengthInteger: UInt64(text.count))
            bytes.append(text)
        }
    }
}
