import Foundation
import Testing

@testable import Dialects

/// The scanner takes what Foundation takes, on texts that are nearly JSON.
@Suite("JSON beside Foundation's")
struct FoundationComparisonTests {
    /// A generator that a seed decides (SplitMix64: Steele, Lea, Flood 2014).
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = self.state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let atoms = [
        "null", "true", "false", "0", "-1", "2.5e-3", "\"\"", #""a\n\u00e9""#, "\"é😀\"", #""\\\"""#, "[]", "{}",
        "\"12345678\"",
    ]
    private static let noise = Array("{}[],:\"\\ \n\t0123.eE+-tfnua/é\u{1}".utf8)

    private func value(_ depth: Int, _ random: inout Seeded) -> String {
        let count = Int.random(in: 0...3, using: &random)
        switch depth > 3 ? 0 : Int.random(in: 0...3, using: &random) {
        case 1: return "[" + (0..<count).map { _ in self.value(depth + 1, &random) }.joined(separator: ", ") + "]"
        case 2:
            return "{" + (0..<count).map { "\"k\($0)\": " + self.value(depth + 1, &random) }.joined(separator: ",")
                + " }"
        default: return Self.atoms[Int.random(in: 0..<Self.atoms.count, using: &random)]
        }
    }

    private func noise(_ random: inout Seeded) -> UInt8 {
        Self.noise[Int.random(in: 0..<Self.noise.count, using: &random)]
    }

    /// Foundation (Swift 6.3.1) takes `[1,]` and `{"a":1,}`, which the grammar does not have (RFC 8259 §4 and §5).
    private func isCommaBeforeEnd(_ fault: JSONFault?, in bytes: [UInt8]) -> Bool {
        guard let fault, fault.offset < bytes.count,
            let before = bytes[..<fault.offset].last(where: { !JSONScanner.isSpace($0) })
        else { return false }
        let end = bytes[fault.offset]
        return before == UInt8(ascii: ",") && (end == UInt8(ascii: "]") || end == UInt8(ascii: "}"))
    }

    /// Changes a few bytes; often what comes out is JSON still.
    private func damaged(_ text: String, _ random: inout Seeded) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(self.noise(&random), at: index)
            case 2: bytes[index] = self.noise(&random)
            default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        return bytes
    }

    @Test("both take and refuse the same")
    func same() {
        let given = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("ADIT_SEED=\(seed)")
        var random = Seeded(state: seed)
        var accepted = 0
        for _ in 0..<4_000 {
            let bytes = self.damaged(self.value(0, &random), &random)
            let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            let index = Int.random(in: 0...bytes.count, using: &random)
            let own = Scan(bytes, cutAt: index)
            if own.isAccepted { accepted += 1 }
            let text = String(decoding: bytes, as: UTF8.self)
            if !self.isCommaBeforeEnd(own.fault, in: bytes) {
                #expect(own.isAccepted == (other != nil), "ADIT_SEED=\(seed): \(text)")
            }
            #expect(own == Scan([bytes]), "ADIT_SEED=\(seed), cut at \(index): \(text)")
        }
        #expect((400...3_600).contains(accepted), "ADIT_SEED=\(seed): the set says little")
    }
}
