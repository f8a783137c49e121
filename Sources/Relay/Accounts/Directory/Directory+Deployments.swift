package import Vocabulary

extension Directory {
    /// Makes a deployment.
    package func createDeployment(
        name: DeploymentName,
        description: String
    ) async throws(DirectoryError) -> Deployment {
        try Self.check(description, named: "description", atMost: 1_000)
        let deployment = self.newDeployment(name, description: description, origin: .administrator)
        return try await self.writer.change(self) { tables throws(DirectoryError) in
            try Self.checkNew(name, in: tables)
            return Self.inserting(deployment)
        }
    }

    /// Makes a deployment that a connector publishes, unless there is one.
    package func ensureDeployment(name: DeploymentName) async throws(DirectoryError) -> Deployment {
        if let known = self.snapshot.tables.deployments[name] { return known.deployment }
        guard self.gate.enter() else {
            throw DirectoryError(
                code: .conflict,
                message: "Another relay is taking this one's place; the deployment is taken a little later."
            )
        }
        defer { self.gate.leave() }
        let deployment = self.newDeployment(name, description: "", origin: .connector)
        return try await self.writer.change(self) { tables throws(DirectoryError) in
            if let known = tables.deployments[name] { return .init(result: known.deployment) }
            try Self.checkNew(name, in: tables)
            return Self.inserting(deployment)
        }
    }

    /// Changes a deployment: what it says holds for calls from now on.
    package func changeDeployment(
        _ name: DeploymentName,
        _ change: @Sendable (inout Deployment) -> Void
    ) async throws(DirectoryError) -> Deployment {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let old = try Self.find(name, in: tables)
            var deployment = old
            change(&deployment)
            guard deployment != old else { return .init(result: old) }
            try Self.check(deployment, in: tables)
            let changed = deployment
            return .init(result: changed, store: { try await $0.update(changed) }, show: { $0.put(changed) })
        }
    }

    /// Deletes a deployment. The next tunnel of a connector that publishes it brings it back, as a new one.
    package func deleteDeployment(_ name: DeploymentName) async throws(DirectoryError) {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            _ = try Self.find(name, in: tables)
            return .init(
                result: (),
                store: { try await $0.delete(name) },
                show: { $0.remove(name) },
                tell: .deploymentDeleted(name)
            )
        }
    }

    private func newDeployment(
        _ name: DeploymentName,
        description: String,
        origin: Deployment.Origin
    ) -> Deployment {
        Deployment(name: name, description: description, isEnabled: true, created: self.now(), origin: origin)
    }

    private static func inserting(_ deployment: Deployment) -> DirectoryWriter.Step<Deployment> {
        .init(result: deployment, store: { try await $0.insert(deployment) }, show: { $0.put(deployment) })
    }

    /// Refuses a name that callers write for a deployment already.
    private static func checkNew(_ name: DeploymentName, in tables: Snapshot.Tables) throws(DirectoryError) {
        guard let known = tables.deploymentsByCall[name.rawValue]?.deployment else { return }
        throw DirectoryError(
            code: .conflict,
            message: known.name == name
                ? "There is a deployment «\(name)» already."
                : "«\(name)» is another name of the deployment «\(known.name)» already."
        )
    }

    private static func check(_ deployment: Deployment, in tables: Snapshot.Tables) throws(DirectoryError) {
        try Self.check(deployment.description, named: "description", atMost: 1_000)
        guard deployment.aliases.count <= 16, Set(deployment.aliases).count == deployment.aliases.count else {
            throw DirectoryError(code: .invalid, message: "A deployment may have 16 other names, each once.")
        }
        for alias in deployment.aliases
        where tables.deploymentsByCall[alias.rawValue]?.deployment.name != deployment.name || alias == deployment.name {
            try Self.checkNew(alias, in: tables)
        }
        if let owner = deployment.owner { _ = try Self.find(user: owner.rawValue, in: tables) }
        if case .groups(let groups) = deployment.audience {
            for group in groups { _ = try Self.find(group: group.rawValue, in: tables) }
        }
        if let price = deployment.price {
            let isPossible = [price.input, price.cachedInput, price.output].allSatisfy {
                (0...Price.largest).contains($0)
            }
            guard isPossible else {
                throw DirectoryError(
                    code: .invalid,
                    message: "A price is 0 to 1,000,000 credits for a million tokens."
                )
            }
        }
        try Self.check(deployment.limits)
    }

    private static func find(
        _ name: DeploymentName,
        in tables: Snapshot.Tables
    ) throws(DirectoryError) -> Deployment {
        guard let deployment = tables.deployments[name]?.deployment else {
            throw DirectoryError(
                code: .notFound,
                message: "There is no deployment «\(name)». «adit-relay deployment list» shows those that exist."
            )
        }
        return deployment
    }
}
