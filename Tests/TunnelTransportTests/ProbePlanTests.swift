import Testing
import TunnelTransport

/// What a connector asks for, and a relay takes from a query.
struct ProbePlanTests {
    @Test func theQuery() {
        #expect(ProbePlan(pieces: 5).query == "pieces=5&every=200&silence=0")
        #expect(ProbePlan(silence: 7_000).query == "pieces=1&every=200&silence=7000")
    }

    @Test func whatIsMissingOrTooMuch() {
        #expect(ProbePlan([]) == ProbePlan(pieces: 1, every: 200, silence: 0))
        #expect(
            ProbePlan([("pieces", "5"), ("every", "10"), ("silence", "20")]) == .init(pieces: 5, every: 10, silence: 20)
        )
        #expect(ProbePlan([("pieces", "x"), ("every", "-1"), ("other", "3")]) == ProbePlan())
        #expect(ProbePlan([("pieces", "0"), ("silence", "")]) == ProbePlan())
        let most = ProbePlan(pieces: 20, every: 1_000, silence: 600_000)
        #expect(ProbePlan([("pieces", "99"), ("every", "99999"), ("silence", "9999999")]) == most)
    }
}
