/// What `create` gave: the id to administer by, and the secret that is shown once.
package struct Created: Sendable {
    package var id: String
    package var secret: String
}

extension RelayUnderTest {
    /// Runs one of the relay's administration commands and reads its JSON.
    @discardableResult
    package func administer(_ words: String...) async throws -> JSONValue {
        let outcome = try await self.administration(words)
        guard outcome.status == 0 else {
            throw ProgramFailure("\(words.joined(separator: " ")): \(outcome.complaint)\(outcome.output)")
        }
        return outcome.output.isEmpty ? .null : try JSONValue(outcome.output)
    }

    /// Runs one of the relay's administration commands, whatever comes of it.
    package func administration(_ words: [String], json: Bool = true) async throws -> Program.Outcome {
        let options = ["--data", self.data] + (json ? ["--json"] : [])
        // What stands behind «--» is no option.
        let end = words.firstIndex(of: "--") ?? words.endIndex
        let outcome = try await Program.run("adit-relay", words[..<end] + options + words[end...])
        // Keys, tokens and codes, each in the answer that made it.
        for match in outcome.output.matches(of: /"(?:secret|code)" *: *"([^"]+)"/) {
            self.confidences.add(secret: String(match.1))
        }
        return outcome
    }

    package func createDeployment(_ name: String) async throws {
        try await self.administer("deployment", "create", name)
    }

    /// Creates a key.
    /// - Parameter models: the names and patterns that it may use; none means all.
    /// - Parameter networks: where the key may be used; everywhere when there are none.
    package func createKey(
        models: [String] = [],
        expires: String? = nil,
        networks: [String] = []
    ) async throws -> Created {
        var words = ["key", "create", "--label", "tests"]
        if !models.isEmpty { words += ["--models"] + models }
        if !networks.isEmpty { words += ["--allow"] + networks }
        if let expires { words += ["--expires", expires] }
        return try await self.create(words)
    }

    /// Creates a tunnel token for names and patterns.
    package func createToken(_ scope: String...) async throws -> Created {
        try await self.create(["token", "create", "--label", "tests"] + scope)
    }

    private func create(_ words: [String]) async throws -> Created {
        let outcome = try await self.administration(words)
        guard outcome.status == 0 else { throw ProgramFailure("\(words): \(outcome.complaint)") }
        let made = try JSONValue(outcome.output)
        guard let id = made["id"].string ?? made["id"].int.map(String.init), let secret = made["secret"].string else {
            throw ProgramFailure("\(words) answered «\(outcome.output)»")
        }
        return Created(id: id, secret: secret)
    }
}
