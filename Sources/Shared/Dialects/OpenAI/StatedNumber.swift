import NIOCore

/// What a number of a request may be taken for. Servers do not agree about what is none: some take a text for the number in it, some
/// leave it out.
struct StatedNumber {
    /// As much as any server takes it for; what is larger than any limit counts as that much.
    let most: Int
    /// Whether every server takes it for that; not for what is negative, which some take for «without end», nor for what is no number.
    let isCertain: Bool

    /// Reads the member's value; `nil` when there is none, or it is null.
    /// - Parameter place: where in the body it stands.
    init?(_ body: ByteBuffer, _ place: Range<Int>?) {
        guard let place, let first = body.getInteger(at: body.readerIndex + place.lowerBound, as: UInt8.self) else {
            return nil
        }
        switch first {
        case UInt8(ascii: "n"): return nil
        case UInt8(ascii: "\""):
            self.most = Self.number(body, place.dropFirst().dropLast()).map { max(0, $0) } ?? Self.largest
            self.isCertain = false
        case UInt8(ascii: "-"):
            (self.most, self.isCertain) = (0, false)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            (self.most, self.isCertain) = (Self.number(body, place[...]) ?? Self.largest, true)
        default:
            (self.most, self.isCertain) = (0, false)
        }
    }

    static let largest = Int(Int32.max)

    /// `nil` for what is not written in digits alone, or with too many of them.
    private static func number(_ body: ByteBuffer, _ place: Range<Int>.SubSequence) -> Int? {
        guard place.count <= 20 else { return nil }
        let text = body.getString(at: body.readerIndex + place.lowerBound, length: place.count)
        return text.flatMap { Int($0) }.map { min($0, Self.largest) }
    }
}
