import Accounts
import Testing
import Vocabulary

@Suite struct DeploymentTests {
    @Test func aDeploymentIsMadeChangedAndDeleted() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        let made = try await directory.createDeployment(name: "gemma-tunnel", description: "at home")
        #expect(
            made
                == Deployment(
                    name: "gemma-tunnel",
                    description: "at home",
                    isEnabled: true,
                    created: 1_800_000_000,
                    origin: .administrator
                )
        )
        #expect(directory.snapshot.deployment(named: "gemma-tunnel")?.deployment == made)
        #expect(directory.snapshot.deployment(named: "gemma") == nil)

        let disabled = try await directory.changeDeployment("gemma-tunnel") { $0.isEnabled = false }
        #expect(!disabled.isEnabled)
        #expect(directory.deployments() == [disabled])
        #expect(fixture.store.accounts.deployments == [disabled])
        #expect(fixture.listener.changes.isEmpty)

        try await directory.deleteDeployment("gemma-tunnel")
        #expect(directory.deployments().isEmpty)
        #expect(fixture.store.accounts.deployments.isEmpty)
        #expect(fixture.listener.changes == [.deploymentDeleted("gemma-tunnel")])
    }

    @Test func mistakesAreExplainedAndChangeNothing() async throws {
        let fixture = try await DirectoryFixture()
        let directory = fixture.directory
        _ = try await directory.createDeployment(name: "a", description: "")
        let before = fixture.store.operations
        let mistakes: [(DirectoryError.Code, String, () async throws -> Void)] = [
            (.conflict, "«a» already", { _ = try await directory.createDeployment(name: "a", description: "x") }),
            (.notFound, "no deployment «b»", { _ = try await directory.changeDeployment("b") { $0.isEnabled = true } }),
            (.notFound, "no deployment «A»", { try await directory.deleteDeployment("A") }),
            (
                .invalid, "longer than 1000",
                {
                    _ = try await directory.createDeployment(
                        name: "c",
                        description: .init(repeating: "ü", count: 1_001)
                    )
                }
            ),
            (
                .invalid, "control character",
                { _ = try await directory.createDeployment(name: "c", description: "red \u{1B}[31m") }
            ),
        ]
        for (code, words, mistake) in mistakes {
            let error = await refusal(mistake)
            #expect(error?.code == code, "\(words)")
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        }
        #expect(fixture.store.operations == before)
        #expect(directory.deployments().map(\.name) == ["a"])
    }

    @Test func aConnectorsDeploymentIsMadeOnce() async throws {
        let fixture = try await DirectoryFixture()
        let made = try await fixture.directory.ensureDeployment(name: "home-a")
        #expect(made.origin == .connector)
        #expect(try await fixture.directory.ensureDeployment(name: "home-a") == made)
        #expect(fixture.store.operations == [.remember, .insertDeployment])
        // One that the administrator has disabled stays so.
        _ = try await fixture.directory.changeDeployment("home-a") { $0.isEnabled = false }
        #expect(try await fixture.directory.ensureDeployment(name: "home-a").isEnabled == false)
    }

    @Test func theyAreListedByName() async throws {
        let fixture = try await DirectoryFixture()
        for name: DeploymentName in ["b", "a:4b", "c/d", "a", "B"] {
            _ = try await fixture.directory.createDeployment(name: name, description: "")
        }
        #expect(fixture.directory.deployments().map(\.name.rawValue) == ["B", "a", "a:4b", "b", "c/d"])
    }
}
