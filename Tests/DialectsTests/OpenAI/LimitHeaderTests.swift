import Testing
import Vocabulary

@testable import Dialects

@Suite struct LimitHeaderTests {
    private static let report = LimitReport(
        requests: .init(limit: 60, remaining: 59, reset: 1_000_000_000),
        tokens: .init(limit: 1_000, remaining: 0, reset: 60_000_000_001)
    )

    @Test(arguments: [Dialect.openAI, .responses])
    func openAI(_ dialect: Dialect) {
        let headers = dialect.headers(of: Self.report, now: 0).map { "\($0.name): \($0.value)" }
        #expect(
            headers == [
                "x-ratelimit-limit-requests: 60", "x-ratelimit-remaining-requests: 59",
                "x-ratelimit-reset-requests: 1s",
                "x-ratelimit-limit-tokens: 1000", "x-ratelimit-remaining-tokens: 0",
                "x-ratelimit-reset-tokens: 1m0.001s",
            ]
        )
    }

    @Test func anthropic() {
        let headers = Dialect.messages.headers(of: Self.report, now: 1_767_225_599).map { "\($0.name): \($0.value)" }
        #expect(
            headers == [
                "anthropic-ratelimit-requests-limit: 60", "anthropic-ratelimit-requests-remaining: 59",
                "anthropic-ratelimit-requests-reset: 2026-01-01T00:00:00Z", "anthropic-ratelimit-tokens-limit: 1000",
                "anthropic-ratelimit-tokens-remaining: 0", "anthropic-ratelimit-tokens-reset: 2026-01-01T00:01:00Z",
            ]
        )
    }

    @Test func nothingIsSaidOfWhatIsNotLimited() {
        for dialect in [Dialect.openAI, .responses, .messages, .gemini] {
            #expect(dialect.headers(of: LimitReport(), now: 0).isEmpty)
        }
        #expect(Dialect.gemini.headers(of: Self.report, now: 0).isEmpty)
    }

    @Test(arguments: [
        (0, "0ms"), (1, "1ms"), (12_000_000, "12ms"), (999_000_000, "999ms"), (1_500_000_000, "1.5s"),
        (59_999_000_000, "59.999s"),
        (360_000_000_000, "6m0s"), (86_340_000_000_000, "23h59m0s"), (-5, "0ms"),
    ])
    func spans(_ nanoseconds: Int64, _ text: String) {
        #expect(Dialect.span(nanoseconds) == text)
    }
}
