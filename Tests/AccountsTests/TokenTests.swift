import Accounts
import Testing
import Vocabulary

@Suite struct TokenTests {
    @Test func aTokenIsMadeAndRecognisedByItsSecret() async throws {
        let fixture = try await DirectoryFixture()
        let (token, secret) = try await fixture.directory.createToken(label: "attic", scope: ["home-*", "b", "home-*"])
        #expect(secret.wholeMatch(of: /tt-adit-[A-Za-z0-9_-]{43}/) != nil)
        #expect(token.id.rawValue.wholeMatch(of: /tok_[a-z2-9]{16}/) != nil)
        #expect(token.hint == String(secret.suffix(4)))
        #expect(token.scope == ["home-*", "b"])
        #expect(token.revoked == nil)
        #expect(fixture.token(of: secret) == token)
        #expect(fixture.key(of: secret) == nil)
        #expect(fixture.store.accounts.tokens == [token])
        #expect(!"\(fixture.store.accounts)".contains(secret.dropFirst(8)), "a secret was stored")
    }

    @Test func revokingHoldsAtOnceAndIsToldOnce() async throws {
        let fixture = try await DirectoryFixture()
        let (token, secret) = try await fixture.directory.createToken(label: "", scope: ["a"])
        fixture.clock.advance(by: 5)
        try await fixture.directory.revokeToken(TunnelTokenID(rawValue: String(token.id.rawValue.prefix(8))))
        #expect(fixture.token(of: secret) == nil)
        #expect(fixture.directory.tokens().map(\.revoked) == [1_800_000_005])
        #expect(fixture.listener.changes == [.tokenRevoked(token.id)])
        fixture.clock.advance(by: 5)
        try await fixture.directory.revokeToken(token.id)
        #expect(fixture.directory.tokens().map(\.revoked) == [1_800_000_005])
        #expect(fixture.listener.changes.count == 1)
        #expect(fixture.store.operations == [.remember, .insertToken, .updateToken])
    }

    @Test func mistakesAreExplained() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let noScope = await refusal { _ = try await directory.createToken(label: "", scope: []) }
        #expect(noScope?.code == .invalid)
        #expect(noScope?.message.contains("home-*") == true)
        let unknown = await refusal { try await directory.revokeToken(TunnelTokenID(rawValue: "tok_x")) }
        #expect(unknown?.code == .notFound)
        #expect(unknown?.message.contains("no tunnel token «tok_x»") == true)
    }
}
