package import Vocabulary

extension Directory {
    /// Makes a deployment.
    package func createDeployment(
        name: DeploymentName,
        description: String
    ) async throws(DirectoryError) -> Deployment {
        let deployment = Deployment(
            name: name,
            description: description,
            isEnabled: true,
            created: self.now(),
            origin: .administrator
        )
        return try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            guard snapshot.deployments[name] == nil else {
                throw DirectoryError(code: .conflict, message: "There is a deployment «\(name)» already.")
            }
            return Self.storing(deployment, in: snapshot)
        }
    }

    /// Makes a deployment that a connector publishes, unless there is one.
    package func ensureDeployment(name: DeploymentName) async throws(DirectoryError) -> Deployment {
        if let known = self.snapshot.deployments[name] { return known }
        let deployment = Deployment(
            name: name,
            description: "",
            isEnabled: true,
            created: self.now(),
            origin: .connector
        )
        return try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            if let known = snapshot.deployments[name] { return .init(result: known) }
            return Self.storing(deployment, in: snapshot)
        }
    }

    /// Enables or disables a deployment: from now on calls to it are taken or refused.
    package func setDeployment(_ name: DeploymentName, enabled: Bool) async throws(DirectoryError) -> Deployment {
        try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            var deployment = try Self.find(name, in: snapshot)
            deployment.isEnabled = enabled
            let changed = deployment
            var all = snapshot.deployments
            all[name] = changed
            return .init(
                result: changed,
                store: { try await $0.update(changed) },
                after: snapshot.with(deployments: all)
            )
        }
    }

    /// Deletes a deployment. A connector that publishes it brings it back at its next start.
    package func deleteDeployment(_ name: DeploymentName) async throws(DirectoryError) {
        try await self.writer.change(self, telling: .deploymentDeleted(name)) {
            (snapshot: Snapshot) throws(DirectoryError) in
            _ = try Self.find(name, in: snapshot)
            var all = snapshot.deployments
            all[name] = nil
            return .init(
                result: (),
                store: { try await $0.delete(name) },
                after: snapshot.with(deployments: all)
            )
        }
    }

    private static func find(_ name: DeploymentName, in snapshot: Snapshot) throws(DirectoryError) -> Deployment {
        guard let deployment = snapshot.deployments[name] else {
            throw DirectoryError(
                code: .notFound,
                message: "There is no deployment «\(name)». «adit-relay deployment list» shows those that exist."
            )
        }
        return deployment
    }

    private static func storing(_ deployment: Deployment, in snapshot: Snapshot) -> DirectoryWriter.Step<Deployment> {
        var all = snapshot.deployments
        all[deployment.name] = deployment
        return .init(
            result: deployment,
            store: { try await $0.insert(deployment) },
            after: snapshot.with(deployments: all)
        )
    }
}
