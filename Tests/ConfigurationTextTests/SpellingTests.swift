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

    @Test("variables that nearly are a setting, or nearly name the file")
    func variables() {
        let names = ["ADIT_TUNELS", "ADIT_CONFIG", "ADIT_CONFIGS", "ADIT_PORT", "TUNELS", "ADIT_TUNNELS"]
        let faults = Spelling.misspelt(names, settings: ["ADIT_TUNNELS", "ADIT_RELAY"]).map(\.description)
        #expect(
            faults == [
                "ADIT_CONFIGS: no such setting; did you mean ADIT_CONFIG?",
                "ADIT_TUNELS: no such setting; did you mean ADIT_TUNNELS?",
            ]
        )
    }

    @Test("nothing is near to nothing")
    func none() {
        #expect(Spelling.nearest(to: "x", among: []) == nil)
        #expect(Spelling.hint(for: "x", among: []).isEmpty)
    }
}
