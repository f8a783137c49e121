/// Eight bytes that are looked at together (Warren, Hacker's Delight, §6-1).
///
/// A mark is the high bit of a byte. Looking for something marks what is found and, by what it borrows, perhaps bytes behind it:
/// the first mark is always right.
struct EightBytes {
    private let bits: UInt64
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The bytes from an offset on; eight must be there.
    @inline(__always)
    init(_ bytes: RawSpan, at offset: Int) {
        self.bits = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Marks one byte.
    @inline(__always)
    func marks(of byte: UInt8) -> UInt64 {
        let difference = self.bits ^ (Self.ones &* UInt64(byte))
        return (difference &- Self.ones) & ~difference
    }

    /// Marks bytes below 0x20.
    var marksOfControls: UInt64 { (self.bits &- Self.ones &* 0x20) & ~self.bits }

    /// Marks bytes beyond ASCII.
    var marksOfOthers: UInt64 { self.bits }

    /// The place of the first mark; `nil` when there is none.
    @inline(__always)
    static func first(_ marks: UInt64) -> Int? {
        let marks = marks & self.highs
        return marks == 0 ? nil : marks.trailingZeroBitCount >> 3
    }
}

extension Span<UInt8> {
    /// The first byte of a range that is looked for, or the range's end.
    /// - Parameters:
    ///   - marks: marks it among eight bytes.
    ///   - isFound: whether a byte is one.
    @inline(__always)
    func first(in range: Range<Int>, marks: (EightBytes) -> UInt64, where isFound: (UInt8) -> Bool) -> Int {
        var index = range.lowerBound
        let raw = self.bytes
        while index + 8 <= range.upperBound {
            if let place = EightBytes.first(marks(EightBytes(raw, at: index))) { return index + place }
            index += 8
        }
        while index < range.upperBound, !isFound(self[index]) { index += 1 }
        return index
    }
}
