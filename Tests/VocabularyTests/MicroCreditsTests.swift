import Testing
import Vocabulary

@Suite("Amounts")
struct MicroCreditsTests {
    @Test(arguments: [
        (0, "0"), (1, "0.000001"), (-1, "-0.000001"), (12_500_000, "12.5"), (3_000_000, "3"), (-2_000_001, "-2.000001"),
        (Int64.max, "9223372036854.775807"),
    ])
    func anAmountIsWrittenAndRead(amount: Int64, text: String) {
        #expect(MicroCredits(amount).description == text)
        #expect(MicroCredits(text) == MicroCredits(amount))
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "1.0000001", "1,5", "1e3", "9223372036854.775808", "--1", "+1", " 1", "-\u{301}1",
    ])
    func whatIsNoAmountIsRefused(text: String) {
        #expect(MicroCredits(text) == nil)
    }

    @Test func sumsThatDoNotFitAreNone() {
        #expect(MicroCredits(.max).adding(MicroCredits(1)) == nil)
        #expect(MicroCredits(.min).subtracting(MicroCredits(1)) == nil)
    }
}
