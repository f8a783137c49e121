package import Vocabulary

extension Directory {
    /// What every tunnel token's secret begins with.
    package static let tokenPrefix = "tt-adit-"

    /// Makes a tunnel token; its secret is answered once and never again.
    /// - Parameter scope: deployments that its connectors may publish; at least one name or pattern.
    package func createToken(
        label: String,
        scope: [DeploymentPattern]
    ) async throws(DirectoryError) -> (TunnelToken, String) {
        guard !scope.isEmpty else {
            throw DirectoryError(
                code: .invalid,
                message: "A tunnel token needs the name of a deployment, or a pattern such as «home-*»."
            )
        }
        let secret = self.secrets.secret(prefix: Self.tokenPrefix)
        let token = TunnelToken(
            id: TunnelTokenID(rawValue: self.secrets.id(prefix: "tok_")),
            label: label,
            digest: self.digest(of: secret),
            hint: String(secret.suffix(4)),
            scope: scope,
            created: self.now(),
            revoked: nil
        )
        let made = try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            var all = snapshot.tokens
            all[token.id] = token
            return DirectoryWriter.Step(
                result: token,
                store: { try await $0.insert(token) },
                after: snapshot.with(tokens: all)
            )
        }
        return (made, secret)
    }

    /// Revokes a token: its tunnels end, and it opens no more. Revoking once more changes nothing.
    package func revokeToken(_ id: TunnelTokenID) async throws(DirectoryError) {
        let id = try Self.find(id, in: self.snapshot).id
        let now = self.now()
        try await self.writer.change(self, telling: .tokenRevoked(id)) { (snapshot: Snapshot) throws(DirectoryError) in
            var token = try Self.find(id, in: snapshot)
            guard token.revoked == nil else { return DirectoryWriter.Step(result: ()) }
            token.revoked = now
            let revoked = token
            var all = snapshot.tokens
            all[id] = revoked
            return DirectoryWriter.Step(
                result: (),
                store: { try await $0.update(revoked) },
                after: snapshot.with(tokens: all)
            )
        }
    }

    private static func find(_ id: TunnelTokenID, in snapshot: Snapshot) throws(DirectoryError) -> TunnelToken {
        if let token = snapshot.tokens[id] { return token }
        let found = snapshot.tokens.values.filter { id.rawValue.count > 4 && $0.id.rawValue.hasPrefix(id.rawValue) }
        if let only = found.first, found.count == 1 { return only }
        throw DirectoryError(
            code: .notFound,
            message: found.isEmpty
                ? "There is no tunnel token «\(id)». «adit-relay token list» shows those that exist."
                : "«\(id)» is the beginning of \(found.count) tokens; give more of it."
        )
    }
}
