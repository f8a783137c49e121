internal import Accounts
internal import Hummingbird
private import Logging
private import Vocabulary

extension AdministrationService {
    func addDeployments(to group: RouterGroup<AdministrationContext>) {
        group.get { _, _ in
            let report = await self.status.status()
            let deployments = self.directory.deployments().sorted { $0.name < $1.name }
            return try Response.json(
                deployments.map { DeploymentDocument($0, report.deployment($0.name.rawValue)) }
            )
        }
        group.post { request, context in
            let body = try await DeploymentDocument.Creation.read(from: request, context)
            let name = try Self.deploymentName(body.name)
            let deployment = try await self.directory.createDeployment(
                name: name,
                description: body.description ?? ""
            )
            self.logger.notice("deployment created", metadata: ["deployment": "\(name)"])
            return try Response.json(await self.document(deployment), status: .created)
        }
        group.get("{deployment}") { _, context in
            try Response.json(await self.document(try self.deployment(context)))
        }
        group.patch("{deployment}") { request, context in
            let name = try Self.deploymentName(context.name("deployment"))
            let body = try await DeploymentDocument.Change.read(from: request, context)
            let deployment = try await self.directory.setDeployment(name, enabled: body.enabled)
            self.logger.notice(
                "deployment changed",
                metadata: ["deployment": "\(name)", "enabled": "\(body.enabled)"]
            )
            return try Response.json(await self.document(deployment))
        }
        group.delete("{deployment}") { _, context in
            let name = try Self.deploymentName(context.name("deployment"))
            try await self.directory.deleteDeployment(name)
            self.logger.notice("deployment deleted", metadata: ["deployment": "\(name)"])
            return Response.done
        }
    }

    /// The deployment that the path names.
    private func deployment(_ context: AdministrationContext) throws -> Deployment {
        let name = try Self.deploymentName(context.name("deployment"))
        guard let deployment = self.directory.deployments().first(where: { $0.name == name }) else {
            throw Problem(.notFound, "There is no deployment \(name).")
        }
        return deployment
    }

    private func document(_ deployment: Deployment) async -> DeploymentDocument {
        DeploymentDocument(deployment, await self.status.status().deployment(deployment.name.rawValue))
    }

    private static func deploymentName(_ text: String) throws(Problem) -> DeploymentName {
        guard let name = DeploymentName(text) else {
            throw Problem(
                .badRequest,
                "\"\(text)\" is no name for a deployment: expected 1 to 128 letters, digits and . _ - : / @ +,"
                    + " beginning with a letter or a digit."
            )
        }
        return name
    }
}
