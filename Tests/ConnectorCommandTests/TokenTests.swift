import Foundation
import Testing

@testable import ConnectorCommand

@Suite("The tunnel token")
struct TokenTests {
    private let flags = ["--relay", "https://r"]

    @Test("it comes from the nearest place")
    func places() throws {
        let other = "tt-adit-" + String(repeating: "b", count: 43)
        try inTemporaryDirectory { directory in
            let file = try (other + "\n").written(to: directory + "/token")
            let yaml = "relay: https://r\ntoken-file: \(file)\n"
            #expect(try load(file: yaml, secret: false).get().token == other)
            #expect(try load(file: yaml).get().token == token)
            #expect(try load(flags + ["--token-file", file]).get().token == other)
            #expect(try load(flags + ["--token", other]).get().token == other)
            #expect(try load(flags, environment: ["ADIT_TOKEN_FILE": file], secret: false).get().token == other)
            #expect(
                try faults(flags, environment: ["ADIT_TOKEN_FILE": file]) == [
                    "ADIT_TOKEN_FILE: the tunnel token is given twice: expected it, or the file that holds it"
                ]
            )
        }
    }

    @Test("a file that every user can read is warned about", arguments: [(0o600, 0), (0o640, 0), (0o644, 1)])
    func mode(_ mode: Int, _ warnings: Int) throws {
        try inTemporaryDirectory { directory in
            let file = try token.written(to: directory + "/token", mode: mode)
            let configuration = try load(flags + ["--token-file", file], secret: false).get()
            #expect(configuration.warnings.count == warnings)
            #expect(configuration.warnings.allSatisfy { $0.contains("chmod 600") })
        }
    }

    @Test(
        "what is no token is refused, and never shown",
        arguments: [
            "", " ", "secret", "tt-adit-secret", token + "A", "tt-adit-" + String(repeating: "=", count: 43),
            "sk-adit-" + String(repeating: "A", count: 43), token + " " + token,
        ]
    )
    func noToken(_ text: String) throws {
        try inTemporaryDirectory { directory in
            let file = try text.written(to: directory + "/token")
            let faults = try faults(flags + ["--token-file", file], secret: false)
            #expect(faults.count == 1)
            #expect(
                faults.allSatisfy {
                    $0.hasPrefix("--token-file: that is ") && !$0.contains("secret") && !$0.contains("AAA")
                }
            )
        }
        #expect(try faults(flags + ["--token-file", "/nowhere"], secret: false).first?.contains("/nowhere") == true)
    }

    @Test("it does not belong into the file of the settings")
    func inFile() throws {
        #expect(
            try faults(file: "relay: https://r\ntoken: \(token)") == [
                "c.yaml:2:1: token: a secret does not belong into this file; give a file that holds it"
            ]
        )
    }
}
