import Accounts
import Testing
import Vocabulary

@Suite struct LastUseTests {
    @Test func usesAreShownAtOnceAndStoredWhenFlushed() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let (used, _) = try await directory.createKey(label: "used", expires: nil, allowedModels: [])
        _ = try await directory.createKey(label: "unused", expires: nil, allowedModels: [])
        try await directory.flushLastUsed()
        #expect(!fixture.store.operations.contains(.recordUse))

        directory.snapshot.key(used.digest)?.lastUse.note(1_800_000_010)
        #expect(try directory.key(used.id).lastUsed == 1_800_000_010)
        #expect(fixture.store.accounts.keys.compactMap(\.lastUsed).isEmpty)
        try await directory.flushLastUsed()
        try await directory.flushLastUsed()
        #expect(fixture.store.accounts.keys.map(\.lastUsed).contains(1_800_000_010))
        #expect(fixture.store.operations.filter { $0 == .recordUse }.count == 1)

        // It survives a start, and counts as stored then.
        let next = try await DirectoryFixture(fixture.store)
        #expect(try next.directory.key(used.id).lastUsed == 1_800_000_010)
        try await next.directory.flushLastUsed()
        #expect(fixture.store.operations.filter { $0 == .recordUse }.count == 1)
    }

    @Test func whatCouldNotBeStoredIsTriedAgain() async throws {
        let failures = Counter()
        let store = MemoryStore { operation in
            if operation == .recordUse, failures.next() == 0 { throw BrokenDisk() }
        }
        let fixture = try await DirectoryFixture(store)
        let (key, _) = try await fixture.directory.createKey(label: "", expires: nil, allowedModels: [])
        fixture.directory.snapshot.key(key.digest)?.lastUse.note(1_800_000_010)
        #expect(await refusal { try await fixture.directory.flushLastUsed() }?.code == .storage)
        try await fixture.directory.flushLastUsed()
        #expect(store.accounts.keys.map(\.lastUsed) == [1_800_000_010])
    }
}
