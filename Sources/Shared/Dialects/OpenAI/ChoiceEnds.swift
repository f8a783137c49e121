/// Which choices of a streamed answer have begun, and which of them have ended.
struct ChoiceEnds {
    /// How many are told apart; those beyond count as the last one, which has ended when one of them has.
    static let most = 32

    private var begun: UInt32 = 0
    private var ended: UInt32 = 0

    /// Every choice that has begun has ended, and there is one.
    var areComplete: Bool { self.begun != 0 && self.begun == self.ended }

    /// Whether any has ended.
    var haveEnded: Bool { self.ended != 0 }

    mutating func note(_ index: Int, hasEnded: Bool) {
        let bit: UInt32 = 1 &<< min(UInt32(index), UInt32(Self.most - 1))
        self.begun |= bit
        if hasEnded { self.ended |= bit }
    }

    mutating func formUnion(_ other: ChoiceEnds) {
        self.begun |= other.begun
        self.ended |= other.ended
    }
}
