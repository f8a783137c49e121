import NIOCore

/// An input in pieces, as a socket might bring it. The cuts follow from the bytes, so that an input always gives the same.
struct Pieces {
    /// The input as one piece.
    let whole: ByteBuffer
    /// The input in about `sqrt(count)` pieces, some empty and many short.
    let cut: [ByteBuffer]

    init(_ input: some Collection<UInt8>) {
        self.whole = ByteBuffer(bytes: input)
        var random = SplitMix64(state: Self.hash(input))
        var rest = self.whole
        var pieces: [ByteBuffer] = []
        let longest = max(1, input.count / 4)
        while rest.readableBytes > 0 {
            let draw = random.next()
            // One piece in two is very short: that is where parsers forget something.
            let length = draw & 1 == 0 ? Int(draw >> 8) & 3 : Int(draw >> 8) % (longest + 1)
            if let piece = rest.readSlice(length: min(length, rest.readableBytes)) { pieces.append(piece) }
        }
        self.cut = pieces
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ input: some Collection<UInt8>) -> UInt64 {
        input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// A small generator of random numbers (Steele, Lea, Flood 2014).
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
