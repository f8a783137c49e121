package import Accounts
package import Vocabulary

/// What an accepted key may do with one deployment.
package struct Grant: Hashable, Sendable {
    /// The key's id.
    package var key: String
    package var user: UserID
    package var group: GroupID
    package var deployment: DeploymentName
}

/// Decides who may call what, in memory and at once.
///
/// The order of refusals is fixed: 401 before 403 before 404, so that nobody learns of a deployment without a key for it.
package struct Gatekeeper: Sendable {
    private let directory: Directory

    package init(directory: Directory) {
        self.directory = directory
    }

    /// Accepts or refuses a key.
    @discardableResult
    package func authenticate(_ credential: Credential) throws(GatewayError) -> Key {
        let digest = self.directory.digest(of: credential.secret)
        guard let key = self.directory.snapshot.key(digest) else {
            throw GatewayError(
                .invalidKey,
                "The API key is wrong. Check it, or ask whoever gave it to you for a new one."
            )
        }
        guard !key.isDisabled else {
            throw GatewayError(.invalidKey, "This API key is disabled. Ask whoever gave it to you.")
        }
        if let expires = key.expires, expires <= self.directory.now() {
            throw GatewayError(.invalidKey, "This API key has expired. Ask whoever gave it to you for a new one.")
        }
        return key
    }

    /// Accepts or refuses a call to a deployment.
    package func admit(_ credential: Credential, to model: String) throws(GatewayError) -> Grant {
        try self.admit(try self.authenticate(credential), to: model)
    }

    /// Accepts or refuses a call of an accepted key to a deployment.
    package func admit(_ key: Key, to model: String) throws(GatewayError) -> Grant {
        guard let name = DeploymentName(model) else {
            // A key for some models only learns no more of this name than of others.
            if !key.allowedModels.isEmpty { throw Self.forbidden(model) }
            throw Self.unknown(model)
        }
        guard key.allows(name) else { throw Self.forbidden(model) }
        guard let deployment = self.directory.snapshot.deployments[name] else { throw Self.unknown(model) }
        guard deployment.isEnabled else {
            throw GatewayError(
                .unknownDeployment,
                "The model «\(name)» is disabled. GET /v1/models lists those that you may use.",
                parameter: "model"
            )
        }
        self.directory.noteUse(of: key.id)
        return Grant(key: key.id.rawValue, user: key.user, group: key.group, deployment: name)
    }

    /// The enabled deployments that a key may use, by name.
    package func visibleDeployments(to credential: Credential) throws(GatewayError) -> [Deployment] {
        let key = try self.authenticate(credential)
        return self.directory.deployments().filter { $0.isEnabled && key.allows($0.name) }
    }

    /// The tunnel token of an `authorization` header, if it is a good one.
    package func tunnelToken(authorization: String?) -> TunnelToken? {
        guard let authorization, let secret = Credential.bearer(authorization) else { return nil }
        guard let token = self.directory.snapshot.token(self.directory.digest(of: secret)) else { return nil }
        return token.revoked == nil ? token : nil
    }

    private static func forbidden(_ model: String) -> GatewayError {
        GatewayError(
            .forbidden,
            "Your API key may not use the model «\(model.prefix(128))». GET /v1/models lists those that it may use.",
            parameter: "model"
        )
    }

    private static func unknown(_ model: String) -> GatewayError {
        GatewayError(
            .unknownDeployment,
            "The model «\(model.prefix(128))» does not exist. GET /v1/models lists those that you may use.",
            parameter: "model"
        )
    }
}
