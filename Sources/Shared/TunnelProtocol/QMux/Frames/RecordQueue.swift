import NIOCore

/// Records that are written already and leave with the next output: frames that did not have to wait for their turn.
struct RecordQueue {
    private var bytes = ByteBuffer()
    /// Where the last record begins, which takes more frames; the size there is filled in when it is closed.
    private var last = 0

    /// How much is written ahead at most, in bytes: about what leaves in one write.
    private static let most = 64 << 10

    var isEmpty: Bool { self.bytes.readableBytes == 0 }

    /// Makes room for a frame, in a new record when the last one would become larger than allowed.
    /// - Returns: whether there is; otherwise nothing has changed.
    @inline(__always)
    mutating func begin(frameOfAtMost length: Int, largest: Int) -> Bool {
        guard length <= largest, self.bytes.writerIndex + length < Self.most else { return false }
        if self.isEmpty || self.bytes.writerIndex + length - self.last - 2 > largest {
            self.closeRecord()
            self.last = self.bytes.writerIndex
            self.bytes.writeInteger(UInt16(0))
        }
        return true
    }

    /// Appends to the frame that was begun.
    @inline(__always)
    mutating func write(_ body: (inout ByteBuffer) -> Void) {
        body(&self.bytes)
    }

    /// Appends every record to `output`; none is left.
    mutating func move(to output: inout ByteBuffer) {
        guard !self.isEmpty else { return }
        self.closeRecord()
        output.writeImmutableBuffer(self.bytes)
        self.bytes.clear()
    }

    /// Two bytes hold every size up to the largest record's.
    private mutating func closeRecord() {
        guard !self.isEmpty else { return }
        let size = self.bytes.writerIndex - self.last - 2
        self.bytes.setInteger(UInt16(truncatingIfNeeded: size) | 0x4000, at: self.last)
    }
}
