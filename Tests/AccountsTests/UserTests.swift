import Accounts
import Testing
import Vocabulary

/// Users and groups as the directory keeps them.
@Suite struct UserTests {
    @Test func aUserIsFoundByEverythingThatNamesThem() async throws {
        let fixture = try await DirectoryFixture()
        let made = try await fixture.directory.createUser(name: "Ada") { $0.email = "Ada@Example.COM" }
        #expect(made.email == "ada@example.com")
        for reference in [made.id.rawValue, "Ada", "ada@example.com", "ADA@example.com"] {
            #expect(try fixture.directory.user(reference) == made)
        }
        #expect(throws: DirectoryError.self) { try fixture.directory.user("Bob") }
        #expect(fixture.store.accounts.users == [made])
    }

    @Test(arguments: ["Ada", "ada@example.com", "default", "usr_default"])
    func aNameIsTakenOnce(_ name: String) async throws {
        let fixture = try await DirectoryFixture()
        _ = try await fixture.directory.createUser(name: "Ada") { $0.email = "ada@example.com" }
        let error = await refusal { _ = try await fixture.directory.createUser(name: name) }
        #expect(error?.code == .conflict)
    }

    @Test(arguments: ["", " Ada", "-x", "a\nb", String(repeating: "x", count: 101)])
    func someNamesAreNone(_ name: String) async throws {
        let fixture = try await DirectoryFixture()
        #expect(await refusal { _ = try await fixture.directory.createUser(name: name) }?.code == .invalid)
        #expect(await refusal { _ = try await fixture.directory.createGroup(name: name) }?.code == .invalid)
    }

    @Test(arguments: ["ada", "@x", "ada@", "a@b@c", "a b@c"])
    func someAddressesAreNone(_ email: String) async throws {
        let fixture = try await DirectoryFixture()
        let error = await refusal { _ = try await fixture.directory.createUser(name: "Ada") { $0.email = email } }
        #expect(error?.code == .invalid)
    }

    @Test func whoHasKeysIsNotDeleted() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        _ = try await directory.createUser(name: "Ada")
        _ = try await directory.createGroup(name: "pro")
        let (key, secret) = try await directory.createKey(
            label: "",
            expires: nil,
            allowedModels: [],
            user: "Ada",
            group: "pro"
        )
        #expect(await refusal { _ = try await directory.deleteUser("Ada") }?.code == .conflict)
        #expect(await refusal { _ = try await directory.deleteGroup("pro") }?.code == .conflict)
        #expect(await refusal { _ = try await directory.deleteUser("default") }?.code == .conflict)
        #expect(await refusal { _ = try await directory.deleteGroup("default") }?.code == .conflict)
        #expect(fixture.key(of: secret)?.id == key.id)
        try await directory.deleteKey(key.id)
        _ = try await directory.deleteUser("Ada")
        _ = try await directory.deleteGroup("pro")
        #expect(directory.users().map(\.id) == [.first])
        #expect(directory.groups().map(\.id) == [.first])
    }

    @Test func whoIsDeletedOwnsNothingAndHasNoMultiplier() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let ada = try await directory.createUser(name: "Ada")
        _ = try await directory.createDeployment(name: "a", description: "")
        _ = try await directory.changeDeployment("a") { $0.owner = ada.id }
        _ = try await directory.changeGroup("default") { $0.userMultipliers[ada.id] = Factor("2") }
        #expect(directory.groups()[0].multiplier(of: ada.id) == Factor("2"))
        _ = try await directory.deleteUser("Ada")
        #expect(directory.deployments().map(\.owner) == [nil])
        #expect(directory.groups()[0].multiplier(of: ada.id) == .one)
    }

    @Test func aChangeReachesEveryKeyAtOnce() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let (key, secret) = try await directory.createKey(label: "", expires: nil, allowedModels: [])
        let entry = { directory.snapshot.key(directory.digest(of: secret[...])) }
        #expect(entry()?.isLimited == false)
        _ = try await directory.changeGroup("default") { group in
            group.keyLimits = Limits(requestsPerMinute: 60)
            group.userLimits = Limits(concurrentCalls: 10)
        }
        #expect(entry()?.isLimited == true)
        _ = try await directory.changeKey(key.id) { $0.limits.tokensPerMinute = 5 }
        _ = try await directory.changeUser("default") { $0.limits.concurrentCalls = 3 }
        // What the group says counts where key and user say nothing.
        #expect(entry()?.keyLimits == Limits(requestsPerMinute: 60, tokensPerMinute: 5))
        #expect(entry()?.userLimits == Limits(concurrentCalls: 3))
        // Uses go on, whatever is changed.
        entry()?.lastUse.note(1_800_000_009)
        _ = try await directory.changeGroup("default") { $0.keyLimits = .none }
        #expect(directory.keys().map(\.lastUsed) == [1_800_000_009])
    }

    @Test(arguments: [0, -1, Limits.largest + 1])
    func someLimitsAreNone(_ limit: Int) async throws {
        let directory = try await DirectoryFixture().directory
        let limits = Limits(tokensPerMinute: limit)
        #expect(
            await refusal { _ = try await directory.changeUser("default") { $0.limits = limits } }?.code == .invalid
        )
        #expect(await refusal { _ = try await directory.setRelayLimits(limits) }?.code == .invalid)
    }

    @Test func namesOfDeploymentsAreTakenOnce() async throws {
        let directory = try await DirectoryFixture().directory
        _ = try await directory.createDeployment(name: "a", description: "")
        _ = try await directory.createDeployment(name: "b", description: "")
        _ = try await directory.changeDeployment("a") { $0.aliases = ["x"] }
        for aliases: [DeploymentName] in [["x"], ["a"], ["b"], ["y", "y"]] {
            let error = await refusal { _ = try await directory.changeDeployment("b") { $0.aliases = aliases } }
            #expect(error != nil, "\(aliases)")
        }
        #expect(
            await refusal { _ = try await directory.createDeployment(name: "x", description: "") }?.code == .conflict
        )
        #expect(await refusal { _ = try await directory.ensureDeployment(name: "x") }?.code == .conflict)
        _ = try await directory.changeDeployment("a") { $0.aliases = ["y", "z"] }
        _ = try await directory.createDeployment(name: "x", description: "")
        try await directory.deleteDeployment("a")
        _ = try await directory.changeDeployment("b") { $0.aliases = ["a", "y"] }
        #expect(directory.snapshot.deployment(named: "y")?.deployment.name == "b")
    }

    @Test func whatDoesNotExistCannotBeNamed() async throws {
        let directory = try await DirectoryFixture().directory
        _ = try await directory.createDeployment(name: "a", description: "")
        let nobody = UserID(rawValue: "usr_nobody")
        let nothing = GroupID(rawValue: "grp_nothing")
        let changes: [() async throws -> Void] = [
            { _ = try await directory.changeDeployment("a") { $0.owner = nobody } },
            { _ = try await directory.changeDeployment("a") { $0.audience = .groups([nothing]) } },
            { _ = try await directory.changeGroup("default") { $0.userMultipliers = [nobody: .one] } },
            { _ = try await directory.createKey(label: "", expires: nil, allowedModels: [], user: "usr_nobody") },
            { _ = try await directory.createKey(label: "", expires: nil, allowedModels: [], group: "nothing") },
        ]
        for change in changes { #expect(await refusal(change)?.code == .notFound) }
    }

    @Test func secretsOfKeysBeginAsTheyShould() async throws {
        let directory = try await Directory(
            store: MemoryStore(),
            hasher: DirectoryFixture.hasher,
            keyPrefix: "sk-acme-",
            now: { 1_800_000_000 }
        )
        #expect(try await directory.createKey(label: "", expires: nil, allowedModels: []).1.hasPrefix("sk-acme-"))
    }
}
