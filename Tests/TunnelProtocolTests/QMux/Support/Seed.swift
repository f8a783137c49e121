private import Foundation

/// A seed of random numbers that says itself when a test fails; `ADIT_SEED` brings a run back.
struct Seed: CustomStringConvertible {
    var value: UInt64

    static func next() -> Seed {
        let given = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        return Seed(value: given ?? UInt64.random(in: 0 ... .max))
    }

    var description: String { "ADIT_SEED=\(self.value)" }
    var numbers: Numbers { Numbers(state: self.value) }

    /// SplitMix64.
    struct Numbers: RandomNumberGenerator {
        fileprivate var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = self.state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        /// Whether something happens that happens once in so many times.
        mutating func once(in times: Int) -> Bool { Int.random(in: 0..<times, using: &self) == 0 }
    }
}
