import NIOCore

/// The masking of a client's frames (RFC 6455 §5.3): four bytes, repeated over the payload.
struct WebSocketMask: Equatable {
    /// Two times the key, in the order in which its bytes lie in memory.
    private var pattern: UInt64

    /// - Parameter key: as it stands in the frame, the first byte the highest.
    init(key: UInt32) {
        self.pattern = (UInt64(key) << 32 | UInt64(key)).bigEndian
    }

    /// Masks or unmasks bytes in place; what is applied next goes on where these have ended.
    mutating func apply(to bytes: inout ByteBuffer, from start: Int? = nil) {
        let pattern = self.pattern
        let skipped = start.map { $0 - bytes.readerIndex } ?? 0
        let count = bytes.readableBytes - skipped
        // Only so does a ByteBuffer give its bytes to be changed where they are; eight at a time, as every byte of a tunnel passes.
        bytes.withUnsafeMutableReadableBytes { memory in
            var index = skipped
            while index + 8 <= memory.count {
                let word = memory.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                memory.storeBytes(of: word ^ pattern, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            var rest = UInt64(littleEndian: pattern)
            while index < memory.count {
                memory[index] ^= UInt8(truncatingIfNeeded: rest)
                rest >>= 8
                index += 1
            }
        }
        let turn = UInt64(count & 3) * 8
        guard turn > 0 else { return }
        let bytes = UInt64(littleEndian: pattern)
        self.pattern = (bytes >> turn | bytes << (64 - turn)).littleEndian
    }
}
