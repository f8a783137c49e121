extension ControlMessage.Published {
    /// The same with as many refusals as a line has room for; the names come from the peer, and a reason may be longer than they are.
    package var fitting: Self {
        var room = ControlMessage.LineDecoder.longestLine - Self.frame
        for name in self.accepted { room -= Self.length(name) }
        let told = self.refused.prefix { refusal in
            room -= Self.frame + Self.length(refusal.name) + Self.length(refusal.reason)
            return room >= 0
        }
        let more = self.refused.count - told.count
        return more == 0 ? self : Self(accepted: self.accepted, refused: Array(told), more: more)
    }

    /// How much stands around the texts, at most, in bytes.
    private static let frame = 128

    /// How long a text is in JSON, at most, in bytes, with its quotes and a comma.
    private static func length(_ text: String) -> Int {
        text.utf8.reduce(3) { length, byte in
            switch byte {
            case ..<0x20, 0x7F: length + 6
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): length + 2
            default: length + 1
            }
        }
    }
}
