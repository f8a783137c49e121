import NIOCore
import TunnelProtocol

/// Reads messages that come in pieces, and spells bytes in hexadecimal.
enum BinaryHTTPReading {
    /// What a message says: every part in order, pieces of content that follow each other put together.
    static func parts(
        _ kind: BinaryHTTP.Decoder.Kind,
        _ pieces: [ByteBuffer],
        ends: Bool = true
    ) throws(BinaryHTTP.DecodingError) -> [BinaryHTTP.Part] {
        var decoder = BinaryHTTP.Decoder(kind)
        var parts: [BinaryHTTP.Part] = []
        for piece in pieces {
            decoder.receive(piece)
            while let part = try decoder.next() { Self.append(part, to: &parts) }
        }
        if ends {
            while let part = try decoder.finish() { Self.append(part, to: &parts) }
        }
        return parts
    }

    /// What is wrong with a message, or `nil`.
    static func fault(
        _ kind: BinaryHTTP.Decoder.Kind,
        _ pieces: [ByteBuffer],
        ends: Bool = true
    ) -> BinaryHTTP.DecodingError? {
        do {
            _ = try Self.parts(kind, pieces, ends: ends)
            return nil
        } catch {
            return error
        }
    }

    /// The bytes of a text of hexadecimal digits; white space between them is passed over.
    static func bytes(_ hexadecimal: String) -> ByteBuffer {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        var bytes = ByteBuffer()
        for index in stride(from: 0, to: digits.count, by: 2) {
            bytes.writeInteger(UInt8(digits[index] << 4 | digits[index + 1]))
        }
        return bytes
    }

    /// The digits of bytes, without white space.
    static func hexadecimal(_ bytes: ByteBuffer) -> String {
        bytes.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A message in two pieces.
    static func cut(_ bytes: ByteBuffer, at index: Int) -> [ByteBuffer] {
        var rest = bytes
        let first = rest.readSlice(length: index) ?? ByteBuffer()
        return [first, rest]
    }

    /// A message in pieces of one byte.
    static func single(_ bytes: ByteBuffer) -> [ByteBuffer] {
        bytes.readableBytesView.map { ByteBuffer(bytes: [$0]) }
    }

    private static func append(_ part: BinaryHTTP.Part, to parts: inout [BinaryHTTP.Part]) {
        if case .content(var known)? = parts.last, case .content(let more) = part {
            known.writeImmutableBuffer(more)
            parts[parts.count - 1] = .content(known)
        } else {
            parts.append(part)
        }
    }
}
