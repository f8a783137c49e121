internal import Accounts
private import FoundationEssentials
internal import Hummingbird
private import Vocabulary

extension DeploymentDocument {
    /// - Parameters:
    ///   - deployment: what was decided.
    ///   - state: how it stands; without one it counts as offline.
    init(_ deployment: Deployment, _ state: StatusReport.Deployment?) {
        self.name = deployment.name.rawValue
        self.description = deployment.description.isEmpty ? nil : deployment.description
        self.enabled = deployment.isEnabled
        self.origin = deployment.origin.rawValue
        self.createdAt = Date(timeIntervalSince1970: Double(deployment.created))
        self.online = state?.online ?? false
        self.reason = state?.reason
        self.connectors = state?.connectors ?? 0
        self.callsInFlight = state?.callsInFlight ?? 0
        self.model = state?.model
    }
}

extension KeyDocument {
    /// - Parameter secret: what was made with the key just now.
    init(_ key: Key, secret: String? = nil) {
        self.id = key.id.rawValue
        self.label = key.label.isEmpty ? nil : key.label
        self.hint = key.hint
        self.disabled = key.isDisabled
        self.createdAt = Date(timeIntervalSince1970: Double(key.created))
        self.expiresAt = key.expires.map { Date(timeIntervalSince1970: Double($0)) }
        self.lastUsedAt = key.lastUsed.map { Date(timeIntervalSince1970: Double($0)) }
        self.models = key.allowedModels.isEmpty ? nil : key.allowedModels.map(\.rawValue)
        self.secret = secret
    }
}

extension TokenDocument {
    /// - Parameter secret: what was made with the token just now.
    init(_ token: TunnelToken, secret: String? = nil) {
        self.id = token.id.rawValue
        self.label = token.label.isEmpty ? nil : token.label
        self.hint = token.hint
        self.createdAt = Date(timeIntervalSince1970: Double(token.created))
        self.revokedAt = token.revoked.map { Date(timeIntervalSince1970: Double($0)) }
        self.scope = token.scope.map(\.rawValue)
        self.secret = secret
    }
}

extension Problem {
    /// What the directory refused, in its own words.
    init(_ error: DirectoryError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .notFound: .notFound
            case .conflict: .conflict
            case .invalid: .badRequest
            case .storage: .internalServerError
            }
        self.init(status, error.message)
    }
}
