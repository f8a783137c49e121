import Testing

@testable import ConfigurationText

@Suite("What was meant")
struct SpellingTests {
    @Test(
        "names that are near",
        arguments: [
            ("tunels", "tunnels"), ("Tunnels", "tunnels"), ("log_level", "log-level"), ("loglevel", "log-level"),
            ("rellay", "relay"), ("xelay", "relay"), ("pni", "pin"), ("colour", nil), ("", nil), ("relayrelay", nil),
        ] as [(String, String?)]
    )
    func nearest(_ word: String, _ expected: String?) {
        #expect(Spelling.nearest(to: word, among: ["relay", "tunnels", "log-level", "pin"]) == expected)
    }

    @Test("nothing is near to nothing")
    func none() {
        #expect(Spelling.nearest(to: "x", among: []) == nil)
        #expect(Spelling.hint(for: "x", among: []).isEmpty)
    }
}
