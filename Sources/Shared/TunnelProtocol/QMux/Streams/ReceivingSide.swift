/// The receiving part of a stream (RFC 9000 §3.2): what came, what was taken, and what the peer was told it may send.
struct ReceivingSide {
    /// Bytes that came so far; the final size once the part is over.
    var received: UInt64 = 0
    /// Bytes that the reader took.
    private var consumed: UInt64 = 0
    /// How many bytes the peer has been told it may send in all.
    private var advertised: UInt64
    /// A higher maximum waits to be said.
    private var owesCredit = false
    /// FIN or RESET_STREAM has arrived.
    var isOver = false
    /// The reader wants no more: what comes is dropped.
    var isDiscarding = false

    init(advertised: UInt64) {
        self.advertised = advertised
    }

    /// Takes note of a STREAM frame.
    ///
    /// TCP keeps order, so a frame begins where the last one ended; one without an offset begins at 0 (RFC 9000 §19.8).
    @inline(__always)
    mutating func take(offset: UInt64, length: UInt64, isFinal: Bool) throws(Violation) {
        guard !self.isOver else { throw Violation(.finalSizeError, "bytes after a stream's end") }
        guard offset == self.received else {
            throw Violation(.protocolViolation, "a stream goes on at \(offset), not at \(self.received)")
        }
        try self.count(length)
        self.isOver = isFinal
    }

    /// Takes note of a RESET_STREAM frame. Its final size may count bytes that were never sent (RFC 9000 §4.5).
    /// - Returns: how many these are, or `nil` when the part was over already.
    mutating func reset(finalSize: UInt64) throws(Violation) -> UInt64? {
        guard finalSize >= self.received, !self.isOver || finalSize == self.received else {
            throw Violation(.finalSizeError, "a stream ends at \(finalSize), not at \(self.received)")
        }
        guard !self.isOver else { return nil }
        let missing = finalSize - self.received
        try self.count(missing)
        self.isOver = true
        return missing
    }

    @inline(__always)
    private mutating func count(_ length: UInt64) throws(Violation) {
        // What came is never more than what was advertised, so the difference is no less than 0.
        guard length <= self.advertised - self.received else {
            throw Violation(.flowControlError, "more than \(self.advertised) bytes on a stream")
        }
        self.received += length
    }

    /// The reader took bytes, or they were dropped.
    /// - Parameter step: how much more than was advertised is worth a frame.
    /// - Returns: whether a higher maximum is to be said.
    mutating func consume(_ count: UInt64, window: UInt64, step: UInt64) -> Bool {
        self.consumed = min(self.consumed + min(count, self.received), self.received)
        guard !self.isOver, !self.owesCredit else { return false }
        let maximum = min(self.consumed + window, VariableLengthInteger.maximum)
        guard maximum > self.advertised, maximum - self.advertised >= step else { return false }
        self.owesCredit = true
        return true
    }

    /// The maximum to be said now; `nil` when the peer needs none any more.
    mutating func credit(window: UInt64) -> UInt64? {
        self.owesCredit = false
        guard !self.isOver else { return nil }
        self.advertised = max(self.advertised, min(self.consumed + window, VariableLengthInteger.maximum))
        return self.advertised
    }
}
