/// What a connector that looks at its way to the relay asks for: an answer in pieces at known times, after an introduction.
///
/// It travels in the query of ``TunnelUpgrade/probePath``: `pieces=5&every=200&silence=0`, times in milliseconds.
package struct ProbePlan: Hashable, Sendable {
    /// Pieces of the answer, one after the other.
    package var pieces: Int
    /// From one to the next.
    package var every: Int
    /// Before the first.
    package var silence: Int

    package init(pieces: Int = 1, every: Int = 200, silence: Int = 0) {
        self.pieces = pieces
        self.every = every
        self.silence = silence
    }

    /// Of a query's members; what is missing or no number keeps its default, what is too much is cut down.
    package init(_ members: [(name: String, value: String)]) {
        self.init()
        for (name, value) in members {
            guard let number = Int(value), number >= 0 else { continue }
            switch name {
            case "pieces": self.pieces = min(max(number, 1), 20)
            case "every": self.every = min(number, 1_000)
            case "silence": self.silence = min(number, 600_000)
            default: break
            }
        }
    }

    package var query: String { "pieces=\(self.pieces)&every=\(self.every)&silence=\(self.silence)" }
}
