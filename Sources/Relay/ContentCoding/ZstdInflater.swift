private import CZstd
import NIOCore

/// Zstandard by libzstd.
final class ZstdInflater: Inflater {
    private let limit: Int
    /// The library's state; made with the first bytes, since it is large.
    private var stream: OpaquePointer?
    /// A frame has ended; what follows is another.
    private(set) var isAtEnd = false

    /// The largest window, as its binary logarithm: 8 MiB, beyond which no sender may go (RFC 9659 §3).
    private static let windowLog: Int32 = 23

    init(limit: Int) {
        self.limit = limit
    }

    deinit {
        ZSTD_freeDStream(self.stream)
    }

    func inflate(_ input: inout ByteBuffer, into output: inout ByteBuffer, atMost most: Int) throws(BodyDecoder.Fault) {
        if self.isAtEnd, input.readableBytes == 0 { return }
        if self.stream == nil { try self.begin(input) }
        var result = 0
        // The pointers are the library's for the length of one call.
        input.readWithUnsafeReadableBytes { bytes in
            var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
                var target = ZSTD_outBuffer(dst: room.baseAddress, size: min(most, room.count), pos: 0)
                result = ZSTD_decompressStream(self.stream, &target, &source)
                return target.pos
            }
            return source.pos
        }
        guard ZSTD_isError(result) == 0 else { throw .broken(String(cString: ZSTD_getErrorName(result))) }
        self.isAtEnd = result == 0
    }

    private func begin(_ input: ByteBuffer) throws(BodyDecoder.Fault) {
        // A frame that says how long it is need not be begun when that is too long. Both signs of not saying are greater
        // than any length.
        let length = input.withUnsafeReadableBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        if let length = Int(exactly: length), length > self.limit { throw .tooLarge }
        self.stream = ZSTD_createDStream()
        guard self.stream != nil else { throw .broken("there is no memory to decode it") }
        ZSTD_DCtx_setParameter(self.stream, ZSTD_d_windowLogMax, Self.windowLog)
    }
}
