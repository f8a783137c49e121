import NIOCore

/// Bytes as hexadecimal digits, grouped as the reader likes: how the tests of QMux write frames.
enum Wire {
    /// The bytes that digits stand for.
    static func bytes(_ digits: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        let digits = Array(digits.filter { !$0.isWhitespace })
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...].prefix(2)), radix: 16) else {
                preconditionFailure("no digits: \(String(digits))")
            }
            bytes.writeInteger(byte)
        }
        return bytes
    }

    /// Bytes as digits without spaces.
    static func digits(_ bytes: ByteBuffer) -> String {
        bytes.readableBytesView.map { ($0 < 0x10 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func digits(_ text: String) -> String { Self.digits(ByteBuffer(string: text)) }

    /// A value as a variable-length integer, written apart from the machine's own writer.
    static func integer(_ value: UInt64) -> String {
        switch value {
        case ..<0x40: Self.fixed(value, bytes: 1)
        case ..<0x4000: Self.fixed(value | 0x4000, bytes: 2)
        case ..<0x4000_0000: Self.fixed(value | 0x8000_0000, bytes: 4)
        default: Self.fixed(value | 0xC000_0000_0000_0000, bytes: 8)
        }
    }

    private static func fixed(_ value: UInt64, bytes: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 2 * bytes - digits.count) + digits
    }

    /// A record as a peer may write it, its size as short as can be.
    static func record(_ frames: String...) -> String {
        let frames = Self.joined(frames)
        return Self.integer(UInt64(frames.count / 2)) + frames
    }

    /// A record as the machine writes it: its size always takes two bytes.
    static func written(_ frames: String...) -> String {
        let frames = Self.joined(frames)
        return Self.fixed(UInt64(frames.count / 2) | 0x4000, bytes: 2) + frames
    }

    private static func joined(_ frames: [String]) -> String { frames.joined().filter { !$0.isWhitespace } }

    /// QX_TRANSPORT_PARAMETERS with a block of parameters.
    static func parameters(_ block: String) -> String {
        let block = Self.joined([block])
        return "ff5153300d0a0d0a" + Self.integer(UInt64(block.count / 2)) + block
    }

    /// Parameters that allow 1 MiB in all, 64 KiB on each stream, and 100 streams.
    static let greeting = Self.parameters("04 04 80100000  05 04 80010000  06 04 80010000  08 02 4064")

    /// A STREAM frame with an offset and a length, as a peer may write it.
    static func stream(_ id: UInt64, at offset: UInt64, _ text: String, isFinal: Bool = false) -> String {
        (isFinal ? "0f" : "0e") + Self.integer(id) + Self.integer(offset) + Self.integer(UInt64(text.utf8.count))
            + Self.digits(text)
    }
}
