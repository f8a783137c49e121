import Accounts
import Testing

@Suite struct FactorTests {
    @Test(arguments: [
        ("1", 1_000_000, "1"), ("0", 0, "0"), ("0.5", 500_000, "0.5"), ("1.25", 1_250_000, "1.25"),
        ("1.000001", 1_000_001, "1.000001"),
        ("1000", 1_000_000_000, "1000"), ("2.50", 2_500_000, "2.5"), ("007.1", 7_100_000, "7.1"),
    ])
    func decimalsAreRead(_ text: String, _ millionths: Int64, _ written: String) {
        #expect(Factor(text)?.millionths == millionths)
        #expect(Factor(text).map { "\($0)" } == written)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.0000001", "1000.1", "1001", "99999999999999999999", " 1",
        "1.2.3",
    ])
    func otherTextsAreRefused(_ text: String) {
        #expect(Factor(text) == nil)
    }
}
