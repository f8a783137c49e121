private import CZlib
import NIOCore

/// gzip by zlib.
final class GzipInflater: Inflater {
    /// On the heap, since zlib's state points back to it and refuses to work when it was moved.
    private let stream: UnsafeMutablePointer<z_stream>
    private var hasBegun = false
    /// A member has ended; what follows is another.
    private(set) var isAtEnd = false

    init() {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
    }

    deinit {
        if self.hasBegun { inflateEnd(self.stream) }
        self.stream.deallocate()
    }

    func inflate(_ input: inout ByteBuffer, into output: inout ByteBuffer, atMost most: Int) throws(BodyDecoder.Fault) {
        // Nothing is owed once a member has ended, and an empty input would look like the beginning of another.
        if self.isAtEnd, input.readableBytes == 0 { return }
        try self.begin()
        self.isAtEnd = false
        var result = Z_OK
        // The pointers are zlib's for the length of one call. It only reads of the input, although its type does not say so.
        input.readWithUnsafeReadableBytes { bytes in
            self.stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.bindMemory(to: UInt8.self).baseAddress
            )
            self.stream.pointee.avail_in = UInt32(clamping: bytes.count)
            let offered = self.stream.pointee.avail_in
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
                let length = UInt32(clamping: min(most, room.count))
                self.stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                self.stream.pointee.avail_out = length
                result = CZlib.inflate(self.stream, Z_NO_FLUSH)
                return Int(length - self.stream.pointee.avail_out)
            }
            self.stream.pointee.next_in = nil
            self.stream.pointee.next_out = nil
            return Int(offered - self.stream.pointee.avail_in)
        }
        switch result {
        // No progress was possible: more input, or more room, must come first.
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: self.isAtEnd = true
        case Z_MEM_ERROR: throw .broken("there is no memory to decode it")
        default: throw .broken(self.stream.pointee.msg.map { String(cString: $0) } ?? "it is no gzip")
        }
    }

    /// Makes ready for a first or a next member.
    private func begin() throws(BodyDecoder.Fault) {
        if self.hasBegun {
            if self.isAtEnd { inflateReset(self.stream) }
            return
        }
        // The largest window, and 16 for gzip's wrapping alone.
        let result = inflateInit2_(self.stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { throw .broken("zlib does not start (\(result))") }
        self.hasBegun = true
    }
}
