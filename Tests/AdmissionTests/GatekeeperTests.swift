import Accounts
import Admission
import Testing
import Vocabulary

@Suite struct GatekeeperTests {
    @Test func aGoodKeyIsLetIn() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("gemma-tunnel")
        let key = try await fixture.newKey()
        let grant = try fixture.outcome(key.secret, "gemma-tunnel").get()
        #expect(grant.key.id.rawValue == key.id.rawValue)
        #expect(grant.user.id == .first && grant.group.id == .first)
        #expect(grant.deployment.name.rawValue == "gemma-tunnel")
    }

    @Test func aKeyIsGoodUntilItIsNot() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a")
        let key = try await fixture.newKey(expires: 1_800_000_010)
        #expect(fixture.outcome(key.secret, "a").refusal == nil)

        fixture.clock.now = 1_800_000_009
        #expect(fixture.outcome(key.secret, "a").refusal == nil)
        fixture.clock.now = 1_800_000_010
        #expect(fixture.outcome(key.secret, "a").refusal?.message.contains("expired") == true)
        fixture.clock.now = 1_800_000_000

        _ = try await fixture.directory.changeKey(key.id) { $0.isDisabled = true }
        #expect(fixture.outcome(key.secret, "a").refusal?.message.contains("disabled") == true)
        _ = try await fixture.directory.changeKey(key.id) { $0.isDisabled = false }

        let (_, new) = try await fixture.directory.rotateKey(key.id)
        #expect(fixture.outcome(key.secret, "a").refusal?.message.contains("wrong") == true)
        #expect(fixture.outcome(new, "a").refusal == nil)
        try await fixture.directory.deleteKey(key.id)
        #expect(fixture.outcome(new, "a").refusal?.message.contains("wrong") == true)
    }

    @Test func refusalsComeInTheirOrder() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a", "b", "off", "home-1", "home-off")
        for name in ["off", "home-off"] {
            _ = try await fixture.directory.changeDeployment(DeploymentName(name)!) { $0.isEnabled = false }
        }
        let all = try await fixture.newKey().secret
        let some = try await fixture.newKey("a", "home-*", "gone").secret
        let stopped = try await fixture.newKey("a")
        _ = try await fixture.directory.changeKey(stopped.id) { $0.isDisabled = true }
        let huge = String(repeating: "x", count: 1 << 20)

        let cases: [(secret: String, model: String, code: GatewayError.Code?)] = [
            (all, "a", nil), (all, "home-1", nil), (some, "a", nil), (some, "home-1", nil),
            // 401 whatever the model is.
            ("sk-adit-wrong", "a", .invalidKey), ("sk-adit-wrong", "none", .invalidKey),
            ("sk-adit-wrong", "no name", .invalidKey), (stopped.secret, "a", .invalidKey),
            (stopped.secret, "b", .invalidKey), (all + "x", "a", .invalidKey),
            (String(all.dropLast()), "a", .invalidKey),
            (huge, "a", .invalidKey),
            // 403 whether the model exists or not.
            (some, "b", .forbidden), (some, "none", .forbidden), (some, "off", .forbidden),
            (some, "no name", .forbidden), (some, "", .forbidden), (some, "home-*", .forbidden),
            (some, "A", .forbidden),
            (some, huge, .forbidden),
            // 404 for what the key may use, and is not there.
            (all, "none", .unknownDeployment), (all, "off", .unknownDeployment), (all, "no name", .unknownDeployment),
            (all, "", .unknownDeployment), (all, "A", .unknownDeployment), (all, huge, .unknownDeployment),
            (some, "home-2", .unknownDeployment), (some, "home-off", .unknownDeployment),
            (some, "gone", .unknownDeployment),
        ]
        for (secret, model, code) in cases {
            let refusal = fixture.outcome(secret, model).refusal
            #expect(refusal?.code == code, "\(secret.prefix(20)) \(model.prefix(20))")
            guard let refusal else { continue }
            #expect(refusal.parameter == (code == .invalidKey ? nil : "model"))
            #expect(refusal.message.utf8.count < 400)
            #expect(!refusal.message.contains(secret.prefix(20)))
        }
    }

    /// Whoever has no key cannot tell by the answer whether there was one.
    @Test func wrongKeysAreAllAlike() async throws {
        let fixture = try await AdmissionFixture()
        let deleted = try await fixture.newKey()
        try await fixture.directory.deleteKey(deleted.id)
        let (_, tokenSecret) = try await fixture.directory.createToken(label: "", scope: [DeploymentPattern("a")!])
        let wrong = [deleted.secret, "sk-adit-x", "x", tokenSecret, "key_aaaaaaaaaaaaaaaa"]
        #expect(Set(wrong.map { fixture.outcome($0, "a").refusal }).count == 1)
    }

    @Test func aConnectionIsKnownByWhatItShowsNow() async throws {
        let fixture = try await AdmissionFixture()
        let (one, other) = (try await fixture.newKey(), try await fixture.newKey())
        var shown = ShownSecret()
        func authenticate(_ secret: String) throws(GatewayError) -> RecognisedKey {
            let credential = try Credential(authorization: "Bearer \(secret)", apiKey: nil, googleKey: nil)
            return try fixture.gatekeeper.authenticate(
                credential,
                from: nil,
                for: [],
                counts: false,
                after: &shown
            )
        }
        let first = try authenticate(one.secret)
        #expect(try authenticate(one.secret) == first)
        let second = try authenticate(other.secret)
        #expect(second != first)
        #expect(throws: GatewayError.self) { try authenticate(String(other.secret.dropLast()) + "!") }
        #expect(throws: GatewayError.self) { try authenticate(String(other.secret.dropLast())) }
        #expect(try authenticate(other.secret) == second)
        #expect(try authenticate(one.secret) == first)
        #expect("\(shown)" == "a secret")
    }

    @Test func aRecognisedKeyIsAskedForAnew() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a")
        let key = try await fixture.newKey()
        let credential = try Credential(authorization: "Bearer \(key.secret)", apiKey: nil, googleKey: nil)
        let recognised = try fixture.gatekeeper.authenticate(credential)
        #expect(try fixture.admit(recognised, to: "a").key.id.rawValue == key.id.rawValue)
        _ = try await fixture.directory.changeKey(key.id) { $0.isDisabled = true }
        #expect(throws: GatewayError.self) { try fixture.admit(recognised, to: "a") }
        #expect(throws: GatewayError.self) { try fixture.gatekeeper.visibleDeployments(to: recognised) }
        _ = try await fixture.directory.changeKey(key.id) { $0.isDisabled = false }
        #expect(try fixture.admit(recognised, to: "a").key.id.rawValue == key.id.rawValue)
        _ = try await fixture.directory.rotateKey(key.id)
        #expect(throws: GatewayError.self) { try fixture.admit(recognised, to: "a") }
    }

    @Test func modelsAreThoseThatTheKeyMayCall() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("b", "home-2", "a", "home-1", "off")
        _ = try await fixture.directory.changeDeployment(DeploymentName("off")!) { $0.isEnabled = false }
        let cases: [([String], [String])] = [
            ([], ["a", "b", "home-1", "home-2"]), (["home-*", "b", "none"], ["b", "home-1", "home-2"]),
            (["*"], ["a", "b", "home-1", "home-2"]), (["off"], []), (["*-1"], ["home-1"]),
        ]
        for (models, visible) in cases {
            let (_, secret) = try await fixture.directory.createKey(
                label: "",
                expires: nil,
                allowedModels: models.map { DeploymentPattern($0)! }
            )
            let credential = try Credential(authorization: nil, apiKey: secret, googleKey: nil)
            let found = try fixture.gatekeeper.visibleDeployments(to: fixture.gatekeeper.authenticate(credential)).map(
                \.name.rawValue
            )
            #expect(found == visible)
            for name in ["a", "b", "home-1", "home-2", "off"] {
                #expect((fixture.outcome(secret, name).refusal == nil) == visible.contains(name), "\(models) \(name)")
            }
        }
    }

    @Test func whatHasNoPriceIsListedWhereNothingIsPaidForOnly() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("free", "priced")
        _ = try await fixture.directory.changeDeployment(try #require(DeploymentName("priced"))) {
            $0.price = Price(input: 1, cachedInput: 1, output: 1)
        }
        _ = try await fixture.directory.createGroup(name: "paying") { $0.isBilled = true }
        let visible = { (secret: String) in
            try fixture.gatekeeper.visibleDeployments(to: fixture.recognise(secret)).map(\.name.rawValue)
        }
        #expect(try visible(try await fixture.newKey(in: "paying")) == ["priced"])
        #expect(try visible(try await fixture.newKey().secret) == ["free", "priced"])
    }

    @Test func onlyACallThatIsLetInCountsAsAUse() async throws {
        let fixture = try await AdmissionFixture()
        try await fixture.newDeployments("a")
        let key = try await fixture.newKey("a")
        _ = fixture.outcome(key.secret, "b")
        #expect(try fixture.directory.key(key.id).lastUsed == nil)
        fixture.clock.now = 1_800_000_123
        _ = fixture.outcome(key.secret, "a")
        #expect(try fixture.directory.key(key.id).lastUsed == 1_800_000_123)
    }

    @Test func tunnelTokensOpenTunnelsOnly() async throws {
        let fixture = try await AdmissionFixture()
        let (token, secret) = try await fixture.directory.createToken(label: "", scope: [DeploymentPattern("home-*")!])
        let gatekeeper = fixture.gatekeeper
        #expect(gatekeeper.tunnelToken(authorization: "Bearer \(secret)") == token)
        #expect(gatekeeper.tunnelToken(authorization: "bearer  \(secret) ") == token)
        let key = try await fixture.newKey()
        for header in [nil, "", secret, "Basic \(secret)", "Bearer \(secret)x", "Bearer \(key.secret)", "Bearer"] {
            #expect(gatekeeper.tunnelToken(authorization: header) == nil)
        }
        try await fixture.directory.revokeToken(token.id)
        #expect(gatekeeper.tunnelToken(authorization: "Bearer \(secret)") == nil)
    }
}
