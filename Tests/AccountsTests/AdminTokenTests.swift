import Testing

@testable import Accounts

/// Administration tokens as the directory keeps them.
@Suite struct AdminTokenTests {
    @Test func aTokenFromMakingToRevoking() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let (token, secret) = try await directory.createAdminToken(label: "lab", scope: .write, expires: nil)
        #expect(secret.hasPrefix("at-adit-"))
        #expect(directory.adminToken(secret: secret[...])?.0 == token)
        #expect(directory.adminToken(secret: (secret + "x")[...]) == nil)
        #expect(fixture.store.accounts.adminTokens == [token])
        try await directory.revokeAdminToken(AdminTokenID(rawValue: String(token.id.rawValue.dropLast(3))))
        #expect(directory.adminToken(secret: secret[...]) == nil)
        #expect(directory.adminTokens().isEmpty)
        #expect(await refusal { try await directory.revokeAdminToken(token.id) }?.code == .notFound)
    }

    @Test func itEndsWithItsUserAndItsTime() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let ada = try await directory.createUser(name: "Ada")
        let end = directory.now() + 10
        #expect(
            await refusal { _ = try await directory.createAdminToken(label: "", scope: .read, expires: 1) }?.code
                == .invalid
        )
        let (_, short) = try await directory.createAdminToken(label: "", scope: .read, expires: end)
        #expect(directory.adminToken(secret: short[...]) != nil)
        let (_, hers) = try await directory.createAdminToken(label: "", user: "Ada", scope: .read, expires: nil)
        #expect(directory.adminToken(secret: hers[...])?.1 == ada)
        _ = try await directory.changeUser("Ada") { $0.isDisabled = true }
        #expect(directory.adminToken(secret: hers[...]) == nil)
        _ = try await directory.deleteUser("Ada")
        #expect(directory.adminTokens().count == 1)
    }

    @Test func aUserMayHaveSoManyKeysAndNoMore() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        for _ in 0..<2 {
            _ = try await directory.createKey(label: "", expires: nil, allowedModels: [], most: 2)
        }
        let error = await refusal {
            _ = try await directory.createKey(label: "", expires: nil, allowedModels: [], most: 2)
        }
        #expect(error?.code == .conflict)
    }

    @Test func aGroupThatUsersMakeKeysInStays() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let group = try await directory.createGroup(name: "pro")
        _ = try await directory.createUser(name: "Ada") { $0.selfService.group = group.id }
        #expect(await refusal { _ = try await directory.deleteGroup("pro") }?.code == .conflict)
        let nowhere = await refusal {
            _ = try await directory.changeUser("Ada") { $0.selfService.group = GroupID(rawValue: "grp_none") }
        }
        #expect(nowhere?.code == .notFound)
        #expect(
            await refusal { _ = try await directory.changeUser("Ada") { $0.selfService.mostKeys = -1 } }?.code
                == .invalid
        )
    }
}
