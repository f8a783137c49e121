import Accounts
import Testing
import Vocabulary

@Suite struct KeyTests {
    @Test func aKeyIsMadeAndRecognisedByItsSecret() async throws {
        let fixture = try await DirectoryFixture()
        let (key, secret) = try await fixture.directory.createKey(
            label: "lab",
            expires: 1_800_000_001,
            allowedModels: ["a", "home-*", "a"]
        )
        #expect(secret.wholeMatch(of: /sk-adit-[A-Za-z0-9_-]{43}/) != nil)
        #expect(key.id.rawValue.wholeMatch(of: /key_[a-z2-9]{16}/) != nil)
        #expect(key.hint == String(secret.suffix(4)))
        #expect(key.allowedModels == ["a", "home-*"])
        #expect((key.user, key.group) == (.first, .first))
        #expect((key.created, key.expires, key.lastUsed) == (1_800_000_000, 1_800_000_001, nil))
        #expect(fixture.key(of: secret) == key)
        #expect(fixture.key(of: secret + "x") == nil)
        #expect(fixture.store.accounts.keys == [key])
        #expect(!"\(fixture.store.accounts)".contains(secret.dropFirst(8)), "a secret was stored")
    }

    @Test func aKeyIsDisabledEnabledAndDeleted() async throws {
        let fixture = try await DirectoryFixture()
        let (key, secret) = try await fixture.directory.createKey(label: "", expires: nil, allowedModels: [])
        #expect(try await fixture.directory.changeKey(key.id) { $0.isDisabled = true }.isDisabled)
        #expect(fixture.key(of: secret)?.isDisabled == true)
        #expect(fixture.store.accounts.keys.map(\.isDisabled) == [true])
        #expect(try await fixture.directory.changeKey(key.id) { $0.isDisabled = false } == key)
        try await fixture.directory.deleteKey(key.id)
        #expect(fixture.key(of: secret) == nil)
        #expect(fixture.directory.keys().isEmpty)
        #expect(fixture.store.accounts.keys.isEmpty)
    }

    @Test func rotationReplacesTheSecretAndNothingElse() async throws {
        let fixture = try await DirectoryFixture()
        let (key, old) = try await fixture.directory.createKey(label: "lab", expires: nil, allowedModels: ["a"])
        fixture.directory.snapshot.key(key.digest)?.lastUse.note(1_800_000_050)
        let (rotated, new) = try await fixture.directory.rotateKey(key.id)
        #expect(new != old)
        #expect(fixture.key(of: old) == nil)
        #expect(fixture.key(of: new)?.id == key.id)
        var expected = key
        expected.digest = rotated.digest
        expected.hint = String(new.suffix(4))
        expected.lastUsed = 1_800_000_050
        #expect(rotated == expected)
    }

    @Test func aBeginningOfAnIDIsEnoughWhenItIsTheOnlyOne() async throws {
        // The ids are key_aaaa…, key_abbb…, key_cccc….
        let source = SequentialIDs(["aaaaaaaaaaaaaaaa", "abbbbbbbbbbbbbbb", "cccccccccccccccc"])
        let fixture = try await DirectoryFixture(secrets: source.secrets)
        let directory = fixture.directory
        for _ in 0..<3 { _ = try await directory.createKey(label: "", expires: nil, allowedModels: []) }
        let cases: [(String, String)] = [
            ("key_c", "key_cccccccccccccccc"), ("key_ab", "key_abbbbbbbbbbbbbbb"),
            ("key_aaaaaaaaaaaaaaaa", "key_aaaaaaaaaaaaaaaa"),
        ]
        for (given, found) in cases {
            #expect(try directory.key(KeyID(rawValue: given)).id.rawValue == found)
            #expect(try await directory.changeKey(KeyID(rawValue: given)) { $0.isDisabled = true }.id.rawValue == found)
        }
        let mistakes = [
            ("key_a", "beginning of 2 keys"), ("key_", "no key"), ("", "no key"), ("cccc", "no key"),
            ("key_d", "no key"), ("key_ccccccccccccccccc", "no key"), ("tok_c", "no key"),
        ]
        for (given, words) in mistakes {
            let error = await refusal { try await directory.deleteKey(KeyID(rawValue: given)) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains(words) == true, "\(given): \(error?.message ?? "")")
        }
        #expect(directory.keys().count == 3)
    }

    @Test func mistakesAreExplainedAndStoreNothing() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let mistakes: [(String, () async throws -> Void)] = [
            ("past", { _ = try await directory.createKey(label: "", expires: 1_800_000_000, allowedModels: []) }),
            ("control", { _ = try await directory.createKey(label: "a\nb", expires: nil, allowedModels: []) }),
            (
                "longer than 200",
                {
                    _ = try await directory.createKey(
                        label: .init(repeating: "x", count: 201),
                        expires: nil,
                        allowedModels: []
                    )
                }
            ),
        ]
        for (words, mistake) in mistakes {
            let error = await refusal(mistake)
            #expect(error?.code == .invalid)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        #expect(fixture.store.operations == [.remember])
    }
}

/// Letters for ids in a given order; the rest is random.
struct SequentialIDs {
    let secrets: SecretSource

    init(_ ids: [String]) {
        let rest = Counter()
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        self.secrets = SecretSource { count in
            guard count == 16 else { return SecretSource.system(count) }
            return ids[rest.next() % ids.count].map { UInt8(alphabet.firstIndex(of: $0) ?? 0) }
        }
    }
}
