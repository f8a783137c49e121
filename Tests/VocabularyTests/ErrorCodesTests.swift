import Testing
import Vocabulary

@Suite("Words for machines that a service chooses")
struct ErrorCodesTests {
    @Test("a code is said in another word, and an error without a code gets that of its status")
    func words() throws {
        let codes = try ErrorCodes(["bad_gateway=upstream_error", "400=invalid_request", "429=slow_down"])
        #expect(codes.word(for: "bad_gateway", status: 502) == "upstream_error")
        #expect(codes.word(for: nil, status: 400) == "invalid_request")
        #expect(codes.word(for: nil, status: 403) == nil)
        #expect(codes.word(for: "rate_limit_exceeded", status: 429) == "rate_limit_exceeded", "it has a code")
        #expect(codes.codes == ["bad_gateway"])
        #expect(ErrorCodes().word(for: "bad_gateway", status: 502) == "bad_gateway")
        #expect(ErrorCodes().word(for: nil, status: 400) == nil)
    }

    @Test("what cannot be meant is refused", arguments: ["", "a", "a=", "=a", "a=b=c", "A=b", "a=B", "399=a", "600=a"])
    func shapes(_ entry: String) {
        #expect(throws: ErrorCodes.Fault.shape(entry)) { try ErrorCodes([entry]) }
    }

    @Test("nothing has two words")
    func twice() {
        #expect(throws: ErrorCodes.Fault.twice("a")) { try ErrorCodes(["a=b", "a=c"]) }
        #expect(throws: ErrorCodes.Fault.twice("400")) { try ErrorCodes(["400=b", "400=c"]) }
    }
}
