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
            guard tables.deployments[name.rawValue] == nil else {
                throw DirectoryError(code: .conflict, message: "There is a deployment «\(name)» already.")
            }
            return Self.inserting(deployment)
        }
    }

    /// Makes a deployment that a connector publishes, unless there is one.
    package func ensureDeployment(name: DeploymentName) async throws(DirectoryError) -> Deployment {
        if let known = self.snapshot.deployment(named: name.rawValue) { return known }
        let deployment = self.newDeployment(name, description: "", origin: .connector)
        return try await self.writer.change(self) { tables throws(DirectoryError) in
            if let known = tables.deployments[name.rawValue] { return .init(result: known) }
            return Self.inserting(deployment)
        }
    }

    /// Enables or disables a deployment: from now on calls to it are taken or refused.
    package func setDeployment(_ name: DeploymentName, enabled: Bool) async throws(DirectoryError) -> Deployment {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            var deployment = try Self.find(name, in: tables)
            deployment.isEnabled = enabled
            let changed = deployment
            return .init(result: changed, store: { try await $0.update(changed) }, show: { $0.put(changed) })
        }
    }

    /// Deletes a deployment. A connector that publishes it brings it back at its next start.
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

    private static func find(
        _ name: DeploymentName,
        in tables: Snapshot.Tables
    ) throws(DirectoryError) -> Deployment {
        guard let deployment = tables.deployments[name.rawValue] else {
            throw DirectoryError(
                code: .notFound,
                message: "There is no deployment «\(name)». «adit-relay deployment list» shows those that exist."
            )
        }
        return deployment
    }
}
