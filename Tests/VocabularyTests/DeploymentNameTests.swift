import Testing
import Vocabulary

@Suite("Deployment names and patterns")
struct DeploymentNameTests {
    @Test(
        "valid names are kept as they are",
        arguments: [
            "gemma-tunnel", "gemma3:4b", "hf.co/org/Model-GGUF:Q4_K_M", "a", String(repeating: "x", count: 128),
        ]
    )
    func valid(_ text: String) throws {
        #expect(try #require(DeploymentName(text)).rawValue == text)
    }

    @Test(
        "what could be misread is no name",
        arguments: ["", "-a", ".a", "a b", "a\n", "ä", "a*b", "a%2Fb", "a?b", String(repeating: "x", count: 129)]
    )
    func invalid(_ text: String) {
        #expect(DeploymentName(text) == nil)
    }

    @Test(
        "patterns match as people expect",
        arguments: [
            ("home-*", "home-llama", true), ("home-*", "home-", true), ("home-*", "work-llama", false),
            ("*", "anything", true), ("gemma", "gemma", true), ("gemma", "gemma2", false),
            ("*:4b", "gemma3:4b", true), ("*:4b", "gemma3:14b", false), ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false), ("**", "x", true), ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ]
    )
    func matching(_ pattern: String, _ name: String, _ expected: Bool) throws {
        let pattern = try #require(DeploymentPattern(pattern))
        #expect(pattern.matches(try #require(DeploymentName(name))) == expected)
    }

    @Test("a pattern without a star stands for one name")
    func exactName() {
        #expect(DeploymentPattern("gemma")?.exactName == DeploymentName("gemma"))
        #expect(DeploymentPattern("gem*")?.exactName == nil)
        #expect(DeploymentPattern("") == nil)
        #expect(DeploymentPattern("a b*") == nil)
    }

    @Test("a call's id has a fixed shape")
    func callID() {
        #expect(CallID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98).rawValue == "req_0123456789abcdeffedcba98")
        #expect(CallID(high: 0, low: 1).rawValue == "req_000000000000000000000001")
    }

    @Test("cached tokens are never more than the prompt's, those of reasoning never more than the answer's")
    func usage() {
        #expect(Usage(input: 3, cachedInput: 9).cachedInput == 3)
        #expect(Usage(output: 1, reasoning: 4).reasoning == 1)
    }
}
