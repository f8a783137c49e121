internal import Accounts
internal import Hummingbird
private import Logging
internal import Vocabulary

extension AdministrationService {
    func addTokens(to group: RouterGroup<AdministrationContext>) {
        group.get { _, _ in
            try Response.json(self.directory.tokens().map { TokenDocument($0) })
        }
        group.post { request, context in
            let body = try await TokenDocument.Creation.read(from: request, context)
            guard !body.scope.isEmpty else {
                throw Problem(.badRequest, "A token needs at least one deployment or pattern in its scope.")
            }
            let (token, secret) = try await self.directory.createToken(
                label: body.label ?? "",
                scope: try Self.patterns(body.scope)
            )
            self.logger.notice("tunnel token created", metadata: ["token": "\(token.id)"])
            return try Response.json(TokenDocument(token, secret: secret), status: .created)
        }
        group.post("{token}/rotate") { request, context in
            let id = TunnelTokenID(rawValue: try context.name("token"))
            let body = try await KeyDocument.Rotation.readIfPresent(from: request, context)
            let (token, secret) = try await self.directory.rotateToken(id, overlap: body?.overlap ?? 0)
            self.logger.notice("tunnel token rotated", metadata: ["token": "\(token.id)"])
            return try Response.json(TokenDocument(token, secret: secret))
        }
        group.delete("{token}") { _, context in
            let id = TunnelTokenID(rawValue: try context.name("token"))
            try await self.directory.revokeToken(id)
            self.logger.notice("tunnel token revoked", metadata: ["token": "\(id)"])
            return Response.done
        }
    }

    /// Names and patterns of deployments.
    static func patterns(_ texts: [String]) throws(Problem) -> [DeploymentPattern] {
        var patterns: [DeploymentPattern] = []
        for text in texts {
            guard let pattern = DeploymentPattern(text) else {
                throw Problem(
                    .badRequest,
                    "\"\(text)\" is neither a deployment's name nor a pattern: expected letters, digits and"
                        + " . _ - : / @ +, with * for any of them."
                )
            }
            patterns.append(pattern)
        }
        return patterns
    }
}
