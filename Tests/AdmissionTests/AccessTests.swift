import Accounts
import Admission
import Testing
import Vocabulary

/// What a key's group, user, addresses and a deployment's audience let through.
@Suite struct AccessTests {
    private static let home = NetworkAddress("192.0.2.7")

    @Test func aDialectThatTheGroupDoesNotAllowIsNotThere() async throws {
        let fixture = try await AdmissionFixture()
        _ = try await fixture.directory.createGroup(name: "claude") { $0.dialects = .messages }
        let secret = try await fixture.newKey(in: "claude")
        _ = try fixture.recognise(secret, for: .messages)
        _ = try fixture.recognise(secret)
        let refusal = #expect(throws: GatewayError.self) { try fixture.recognise(secret, for: .chat) }
        #expect(refusal?.code == .unknownRoute)
        #expect(refusal?.message.contains("messages") == true)
        _ = try await fixture.directory.changeGroup("claude") { $0.dialects = .every }
        _ = try fixture.recognise(secret, for: .chat)
    }

    @Test func aGroupsDeploymentsAndTheKeysOwnBothCount() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("home-a", "home-b", "office")
        let patterns = ["home-*"].compactMap { DeploymentPattern($0) }
        _ = try await fixture.directory.createGroup(name: "home") { $0.deployments = patterns }
        let wide = try await fixture.newKey(in: "home")
        let narrow = try await fixture.newKey(in: "home", "*-a", "office")
        #expect(fixture.outcome(wide, "home-b").refusal == nil)
        #expect(fixture.outcome(wide, "office").refusal?.code == .forbidden)
        #expect(fixture.outcome(narrow, "home-a").refusal == nil)
        #expect(fixture.outcome(narrow, "home-b").refusal?.code == .forbidden)
        #expect(fixture.outcome(narrow, "office").refusal?.code == .forbidden)
        let visible = try fixture.gatekeeper.visibleDeployments(to: fixture.recognise(wide))
        #expect(visible.map(\.name.rawValue) == ["home-a", "home-b"])
    }

    @Test func aDisabledUsersKeysAreRefused() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a")
        _ = try await fixture.directory.createUser(name: "Ada") { $0.email = "Ada@Example.com" }
        let (_, secret) = try await fixture.directory.createKey(
            label: "",
            expires: nil,
            allowedModels: [],
            user: "ada@example.com"
        )
        #expect(fixture.outcome(secret, "a").refusal == nil)
        _ = try await fixture.directory.changeUser("Ada") { $0.isDisabled = true }
        #expect(fixture.outcome(secret, "a").refusal?.code == .invalidKey)
        _ = try await fixture.directory.changeUser("Ada") { $0.isDisabled = false }
        #expect(fixture.outcome(secret, "a").refusal == nil)
    }

    @Test func addressesAreAllowedAndDenied() async throws {
        let fixture = try await AdmissionFixture()
        let key = try await fixture.newKey()
        _ = try fixture.recognise(key.secret, from: nil)
        _ = try await fixture.directory.changeKey(key.id) { key in
            key.allowedAddresses = ["192.0.2.0/24", "2001:db8::/32"].compactMap { NetworkRange($0) }
            key.deniedAddresses = ["192.0.2.13"].compactMap { NetworkRange($0) }
        }
        for good in ["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"] {
            _ = try fixture.recognise(key.secret, from: NetworkAddress(good))
        }
        for bad in ["192.0.2.13", "192.0.3.1", "::1", nil] {
            let refusal = #expect(throws: GatewayError.self) {
                try fixture.recognise(key.secret, from: bad.flatMap { NetworkAddress($0) })
            }
            #expect(refusal?.code == .forbidden)
        }
    }

    @Test func streamingMayBeForbidden() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a")
        _ = try await fixture.directory.createGroup(name: "plain") { $0.allowsStreaming = false }
        let key = try fixture.recognise(try await fixture.newKey(in: "plain"))
        _ = try fixture.gatekeeper.admit(try fixture.gatekeeper.check(key), to: "a", isStreamed: false)
        let refusal = #expect(throws: GatewayError.self) {
            try fixture.gatekeeper.admit(try fixture.gatekeeper.check(key), to: "a", isStreamed: true)
        }
        #expect(refusal?.code == .invalidRequest)
        #expect(refusal?.parameter == "stream")
    }

    @Test func otherNamesLeadToTheDeployment() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("gemma", "other")
        _ = try await fixture.directory.changeDeployment(try #require(DeploymentName("gemma"))) { deployment in
            deployment.aliases = ["gpt-4o", "claude"].compactMap { DeploymentName($0) }
        }
        let byAlias = try await fixture.newKey("gpt-4o").secret
        let byName = try await fixture.newKey("gemma").secret
        let byOther = try await fixture.newKey("other").secret
        #expect(try fixture.outcome(byAlias, "gpt-4o").get().deployment.name.rawValue == "gemma")
        #expect(fixture.outcome(byAlias, "claude").refusal?.code == .forbidden)
        #expect(try fixture.outcome(byName, "claude").get().deployment.name.rawValue == "gemma")
        #expect(fixture.outcome(byOther, "claude").refusal?.code == .forbidden)
        // What is listed can be called.
        let listed = try [byAlias, byName, byOther].map { secret in
            try fixture.gatekeeper.visibleDeployments(to: fixture.recognise(secret))
        }
        #expect(listed.map { $0.map(\.name.rawValue) } == [["gpt-4o"], ["gemma"], ["other"]])
        #expect(listed.map { $0.flatMap { $0.otherNames.map(\.rawValue) } } == [[], ["gpt-4o", "claude"], []])
    }

    @Test func strangersSeeWhatEverybodyCanCall() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("open", "own", "off", "hidden")
        for name in ["open", "own", "off"] {
            _ = try await fixture.directory.changeDeployment(try #require(DeploymentName(name))) { deployment in
                deployment.isListedPublicly = true
                if name == "own" { deployment.audience = .owner }
                if name == "off" { deployment.isEnabled = false }
            }
        }
        #expect(fixture.gatekeeper.publicDeployments?.map(\.name.rawValue) == ["open"])
        // Where calls are sold, what has no price cannot be bought.
        _ = try await fixture.directory.changeGroup("default") { $0.isBilled = true }
        #expect(fixture.gatekeeper.publicDeployments?.map(\.name.rawValue) == [])
        _ = try await fixture.directory.changeDeployment(try #require(DeploymentName("open"))) { deployment in
            deployment.price = Price(input: 1, cachedInput: 1, output: 1)
        }
        #expect(fixture.gatekeeper.publicDeployments?.map(\.name.rawValue) == ["open"])
    }

    @Test func whoIsNotMeantDoesNotLearnOfADeployment() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("secret")
        let name = try #require(DeploymentName("secret"))
        let insiders = try await fixture.directory.createGroup(name: "insiders")
        let owner = try await fixture.directory.createUser(name: "Ada")
        let inside = try await fixture.newKey(in: "insiders")
        let outside = try await fixture.newKey().secret
        let (_, own) = try await fixture.directory.createKey(label: "", expires: nil, allowedModels: [], user: "Ada")
        _ = try await fixture.directory.changeDeployment(name) { deployment in
            deployment.owner = owner.id
            deployment.audience = .groups([insiders.id])
        }
        #expect(fixture.outcome(inside, "secret").refusal == nil)
        #expect(fixture.outcome(own, "secret").refusal == nil)
        #expect(fixture.outcome(outside, "secret").refusal?.code == .unknownDeployment)
        #expect(try fixture.gatekeeper.visibleDeployments(to: fixture.recognise(outside)).isEmpty)
        _ = try await fixture.directory.changeDeployment(name) { $0.audience = .owner }
        #expect(fixture.outcome(inside, "secret").refusal?.code == .unknownDeployment)
        #expect(fixture.outcome(own, "secret").refusal == nil)
    }

    @Test func thePublicListShowsWhatIsListed() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a", "b")
        #expect(fixture.gatekeeper.publicDeployments == nil)
        let name = try #require(DeploymentName("b"))
        _ = try await fixture.directory.changeDeployment(name) { $0.isListedPublicly = true }
        #expect(fixture.gatekeeper.publicDeployments?.map(\.name.rawValue) == ["b"])
        _ = try await fixture.directory.changeDeployment(name) { $0.isEnabled = false }
        #expect(fixture.gatekeeper.publicDeployments?.isEmpty == true)
    }

    @Test func anOldSecretIsGoodForAWhile() async throws {
        let fixture = try await AdmissionFixture()
        let key = try await fixture.newKey()
        let (_, second) = try await fixture.directory.rotateKey(key.id, overlap: 60)
        _ = try fixture.recognise(key.secret)
        _ = try fixture.recognise(second)
        fixture.clock.now += 59
        _ = try fixture.recognise(key.secret)
        fixture.clock.now += 1
        #expect(throws: GatewayError.self) { try fixture.recognise(key.secret) }
        _ = try fixture.recognise(second)
        // The next one ends the one before the last at once.
        let (_, third) = try await fixture.directory.rotateKey(key.id, overlap: 60)
        let (_, fourth) = try await fixture.directory.rotateKey(key.id, overlap: 60)
        #expect(throws: GatewayError.self) { try fixture.recognise(second) }
        _ = try fixture.recognise(third)
        _ = try fixture.recognise(fourth)
    }

    @Test func aTokensOldSecretIsGoodForAWhile() async throws {
        let fixture = try await AdmissionFixture()
        let scope = ["a"].compactMap { DeploymentPattern($0) }
        let (token, first) = try await fixture.directory.createToken(label: "", scope: scope)
        let (_, second) = try await fixture.directory.rotateToken(token.id, overlap: 60)
        #expect(fixture.gatekeeper.tunnelToken(authorization: "Bearer \(first)")?.id == token.id)
        #expect(fixture.gatekeeper.tunnelToken(authorization: "Bearer \(second)")?.id == token.id)
        fixture.clock.now += 60
        #expect(fixture.gatekeeper.tunnelToken(authorization: "Bearer \(first)") == nil)
        #expect(fixture.gatekeeper.tunnelToken(authorization: "Bearer \(second)")?.id == token.id)
        try await fixture.directory.revokeToken(token.id)
        #expect(fixture.gatekeeper.tunnelToken(authorization: "Bearer \(second)") == nil)
        await #expect(throws: DirectoryError.self) { try await fixture.directory.rotateToken(token.id) }
    }
}

extension AdmissionFixture {
    /// The secret of a new key in a group.
    func newKey(in group: String, _ models: String...) async throws -> String {
        let patterns = models.compactMap { DeploymentPattern($0) }
        return try await self.directory.createKey(label: "", expires: nil, allowedModels: patterns, group: group).1
    }

    func recognise(
        _ secret: String,
        from address: NetworkAddress? = nil,
        for dialects: AllowedDialects = []
    ) throws(GatewayError) -> RecognisedKey {
        let credential = try Credential(authorization: "Bearer \(secret)", apiKey: nil, googleKey: nil)
        return try self.gatekeeper.authenticate(credential, from: address, for: dialects)
    }
}
