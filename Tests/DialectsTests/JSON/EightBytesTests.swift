import Testing

@testable import Dialects

@Suite("Bytes that are looked for eight at a time")
struct EightBytesTests {
    @Test("what is found first is what one look at each byte finds")
    func first() {
        let seed = UInt64.random(in: .min ... .max)
        var state = seed
        // What is looked for, what lies beside it, and mostly neither.
        let signs: [UInt8] = [
            0x41, 0x21, 0x23, 0x5B, 0x5D, 0x20, 0x7F, 0x22, 0x5C, 0x1F, 0x0A, 0x80, 0xA2, 0xDC, 0xFF, 0x00,
        ]
        func isMarked(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 }
        for _ in 0..<2_000 {
            let bytes = (0..<40).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return signs[state >> 59 < 24 ? 0 : Int(state >> 40 & 15)]
            }
            for start in [0, 1, 7, 8, 39, 40] {
                let rest = bytes[start...]
                let plain = JSONScanner.plainEnd(bytes.span, from: start)
                #expect(plain == rest.firstIndex(where: isMarked) ?? 40, "seed \(seed): \(bytes)")
                let control = bytes.span.first(in: start..<40) {
                    $0.marksOfControls
                } where: {
                    $0 < 0x20
                }
                #expect(control == rest.firstIndex { $0 < 0x20 } ?? 40, "seed \(seed): \(bytes)")
                let quote = bytes.span.first(in: start..<40) {
                    $0.marks(of: 0x22)
                } where: {
                    $0 == 0x22
                }
                #expect(quote == rest.firstIndex(of: 0x22) ?? 40, "seed \(seed): \(bytes)")
            }
        }
    }
}
