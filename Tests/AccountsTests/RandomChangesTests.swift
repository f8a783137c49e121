import Accounts
import Foundation
import Testing
import Vocabulary

/// Changes in random order: the directory, its store and a plain model of both must agree after each.
/// `ADIT_SEED` replays the changes of one run.
@Suite struct RandomChangesTests {
    @Test(arguments: 0..<8)
    func directoryAndStoreAgree(_: Int) async throws {
        let given = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("ADIT_SEED=\(seed)")
        var random = SplitMix64(seed: seed)
        let failing = FailingNow()
        let fixture = try await DirectoryFixture(MemoryStore { _ in if failing.value { throw BrokenDisk() } })
        let directory = fixture.directory
        var secrets: [KeyID: String] = [:]
        var dead: [String] = []
        var names: [DeploymentName: Bool] = [:]
        for step in 0..<200 {
            let breaks = UInt.random(in: 0..<8, using: &random) == 0
            failing.value = breaks
            let name = DeploymentName("d\(UInt.random(in: 0..<6, using: &random))")!
            let id = secrets.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &random)
            switch UInt.random(in: 0..<7, using: &random) {
            case 0:
                if let (key, secret) = try? await directory.createKey(label: "", expires: nil, allowedModels: []) {
                    secrets[key.id] = secret
                }
            case 1:
                if let id, let (_, secret) = try? await directory.rotateKey(id) {
                    dead.append(secrets.updateValue(secret, forKey: id)!)
                }
            case 2:
                if let id, await refusal({ try await directory.deleteKey(id) }) == nil {
                    dead.append(secrets.removeValue(forKey: id)!)
                }
            case 3: if (try? await directory.ensureDeployment(name: name)) != nil { names[name] = names[name] ?? true }
            case 4:
                if (try? await directory.changeDeployment(name) { $0.isEnabled = false }) != nil { names[name] = false }
            case 5:
                if (try? await directory.changeDeployment(name) { $0.isEnabled = true }) != nil { names[name] = true }
            default:
                if await refusal({ try await directory.deleteDeployment(name) }) == nil { names[name] = nil }
            }
            let place: Comment = "ADIT_SEED=\(seed), step \(step)"
            #expect(Set(directory.keys()) == Set(fixture.store.accounts.keys), place)
            #expect(Set(directory.deployments()) == Set(fixture.store.accounts.deployments), place)
            #expect(Set(directory.keys().map(\.id)) == Set(secrets.keys), place)
            for (id, secret) in secrets { #expect(fixture.key(of: secret)?.id == id, place) }
            for secret in dead { #expect(fixture.key(of: secret) == nil, place) }
            #expect(
                Dictionary(uniqueKeysWithValues: directory.deployments().map { ($0.name, $0.isEnabled) }) == names,
                place
            )
        }
    }

    /// Whoever asks while changes are made sees whole accounts: the old ones or the new ones.
    @Test func readersSeeWholeAccounts() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let (key, _) = try await directory.createKey(label: "", expires: nil, allowedModels: [])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<1_000 {
                        let snapshot = directory.snapshot
                        let found = directory.keys().first { $0.id == key.id }
                        #expect(found != nil)
                        // Within one snapshot a digest leads to its key, however often the key was rotated since.
                        if let found, let entry = snapshot.key(found.digest) { #expect(entry.key.id == key.id) }
                    }
                }
            }
            group.addTask { for _ in 0..<100 { _ = try? await directory.rotateKey(key.id) } }
        }
        #expect(fixture.store.accounts.keys.map(\.digest) == directory.keys().map(\.digest))
    }
}
