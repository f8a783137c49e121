internal import Accounts
private import FoundationEssentials
internal import Hummingbird
internal import Vocabulary

extension DeploymentDocument {
    /// - Parameters:
    ///   - deployment: what was decided.
    ///   - state: how it stands; without one it counts as offline.
    ///   - directory: knows the names of users and groups.
    init(_ deployment: Deployment, _ state: StatusReport.Deployment?, in directory: Directory) {
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
        self.aliases = deployment.aliases.isEmpty ? nil : deployment.aliases.map(\.rawValue)
        self.owner = deployment.owner.flatMap { directory.user(with: $0)?.name }
        switch deployment.audience {
        case .everyone: self.visibleTo = nil
        case .owner: self.visibleTo = ["owner"]
        case .groups(let groups): self.visibleTo = groups.compactMap { directory.group(with: $0)?.name }.sorted()
        }
        self.public = deployment.isListedPublicly
        self.price = deployment.price.map { price in
            PriceDocument(
                input: Millionths.text(price.input),
                cachedInput: Millionths.text(price.cachedInput),
                output: Millionths.text(price.output)
            )
        }
        self.limits = LimitsDocument(deployment.limits)
    }
}

extension KeyDocument {
    /// - Parameters:
    ///   - directory: knows the names of users and groups.
    ///   - secret: what was made with the key just now.
    init(_ key: Key, in directory: Directory, secret: String? = nil) {
        self.id = key.id.rawValue
        self.label = key.label.isEmpty ? nil : key.label
        self.hint = key.hint
        self.disabled = key.isDisabled
        self.createdAt = Date(timeIntervalSince1970: Double(key.created))
        self.expiresAt = key.expires.map { Date(timeIntervalSince1970: Double($0)) }
        self.lastUsedAt = key.lastUsed.map { Date(timeIntervalSince1970: Double($0)) }
        self.models = key.allowedModels.isEmpty ? nil : key.allowedModels.map(\.rawValue)
        self.user = directory.user(with: key.user)?.name ?? key.user.rawValue
        self.userId = key.user.rawValue
        self.group = directory.group(with: key.group)?.name ?? key.group.rawValue
        self.groupId = key.group.rawValue
        self.allowedAddresses = key.allowedAddresses.isEmpty ? nil : key.allowedAddresses.map(\.description)
        self.deniedAddresses = key.deniedAddresses.isEmpty ? nil : key.deniedAddresses.map(\.description)
        self.limits = LimitsDocument(key.limits)
        self.quota = QuotaDocument(key.quota)
        self.previousSecretUntil = key.retiring.map { Date(timeIntervalSince1970: Double($0.until)) }
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
        self.previousSecretUntil = token.retiring.map { Date(timeIntervalSince1970: Double($0.until)) }
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
