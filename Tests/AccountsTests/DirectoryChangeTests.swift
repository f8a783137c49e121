import Accounts
import Testing
import Vocabulary

/// How changes reach the store and the calls, whatever they change.
@Suite struct DirectoryChangeTests {
    @Test func whatIsNotStoredIsNotShown() async throws {
        let gate = Gate()
        let store = MemoryStore { if $0 == .insertDeployment { await gate.pass() } }
        let directory = try await DirectoryFixture(store).directory
        async let made = directory.createDeployment(name: "a", description: "")
        await gate.someoneWaits()
        #expect(directory.deployments().isEmpty)
        gate.open()
        _ = try await made
        #expect(directory.deployments().map(\.name) == ["a"])
    }

    @Test func whatCouldNotBeStoredIsNeverShownAndNotTold() async throws {
        let store = MemoryStore { operation in
            switch operation {
            case .insertKey, .insertDeployment: break
            case .insertToken: throw DirectoryError(code: .conflict, message: "as the store says")
            case .remember: break
            default: throw BrokenDisk()
            }
        }
        let fixture = try await DirectoryFixture(store)
        let directory = fixture.directory
        let (key, secret) = try await directory.createKey(label: "", expires: nil, allowedModels: [])
        let deployment = try await directory.createDeployment(name: "a", description: "")
        let changes: [() async throws -> Void] = [
            { _ = try await directory.changeKey(key.id) { $0.isDisabled = true } },
            { _ = try await directory.rotateKey(key.id) },
            { try await directory.deleteKey(key.id) },
            { _ = try await directory.changeDeployment("a") { $0.isEnabled = false } },
            { try await directory.deleteDeployment("a") },
        ]
        for change in changes {
            let error = await refusal(change)
            #expect(error?.code == .storage)
            #expect(error?.message.contains("was not made") == true)
        }
        let refused = await refusal { _ = try await directory.createToken(label: "", scope: ["a"]) }
        #expect(refused == DirectoryError(code: .conflict, message: "as the store says"))
        #expect(fixture.key(of: secret) == key)
        #expect(directory.deployments() == [deployment])
        #expect(directory.tokens().isEmpty)
        #expect(fixture.listener.changes.isEmpty)
    }

    @Test func changesAreMadeOneAfterTheOther() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        await withTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let name = DeploymentName("d-\(number % 20)")!
                    if number.isMultiple(of: 2) {
                        _ = try? await directory.ensureDeployment(name: name)
                        return 0
                    }
                    return await refusal { _ = try await directory.createDeployment(name: name, description: "") }
                        == nil
                        ? 1 : 0
                }
            }
            let made = await group.reduce(0, +)
            #expect(made <= 10)
        }
        #expect(fixture.store.mostRunning == 1)
        #expect(fixture.store.operations.filter { $0 == .insertDeployment }.count == 20)
        #expect(Set(fixture.store.accounts.deployments) == Set(directory.deployments()))
    }

    @Test func aChangeOutlivesWhoeverAskedForIt() async throws {
        let gate = Gate()
        let store = MemoryStore { operation in
            guard operation == .updateKey else { return }
            await gate.pass()
            try Task.checkCancellation()
        }
        let fixture = try await DirectoryFixture(store)
        let (key, secret) = try await fixture.directory.createKey(label: "", expires: nil, allowedModels: [])
        let asker = Task { try await fixture.directory.changeKey(key.id) { $0.isDisabled = true } }
        await gate.someoneWaits()
        asker.cancel()
        gate.open()
        #expect(try await asker.value.isDisabled)
        #expect(fixture.key(of: secret)?.isDisabled == true)
        #expect(store.accounts.keys.map(\.isDisabled) == [true])
    }

    @Test func whatIsStoredIsThereAtTheNextStart() async throws {
        let first = try await DirectoryFixture()
        let (key, secret) = try await first.directory.createKey(label: "lab", expires: nil, allowedModels: ["a"])
        let (token, connectorSecret) = try await first.directory.createToken(label: "", scope: ["a"])
        let (gone, goneSecret) = try await first.directory.createToken(label: "", scope: ["a"])
        try await first.directory.revokeToken(gone.id)
        let deployment = try await first.directory.createDeployment(name: "a", description: "")
        let second = try await DirectoryFixture(first.store)
        #expect(second.key(of: secret) == key)
        #expect(second.token(of: connectorSecret) == token)
        #expect(second.token(of: goneSecret) == nil)
        #expect(second.directory.tokens().count == 2)
        #expect(second.directory.deployments() == [deployment])
    }

    @Test func anotherServerSecretIsRefused() async throws {
        let fixture = try await DirectoryFixture()
        #expect(fixture.store.accounts.serverSecret != nil)
        for _ in 0..<2 { _ = try await DirectoryFixture(fixture.store) }
        #expect(fixture.store.operations == [.remember])
        let error = await refusal {
            _ = try await Directory(
                store: fixture.store,
                hasher: SecretHasher(serverSecret: Array(repeating: 8, count: 32)),
                now: { 0 }
            )
        }
        #expect(error?.message.contains("put the right file back") == true)
    }
}
