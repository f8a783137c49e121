package import Accounts
package import Vocabulary

/// Decides who may call what, in memory and at once.
///
/// The order of refusals is fixed: 401 before 403 before 404, so that nobody learns of a deployment without a key for it.
/// A wrong key costs what a right one costs: one keyed hash and one look-up, in which nothing depends on the secret.
package struct Gatekeeper: Sendable {
    private let directory: Directory
    private let wrongKeys: WrongKeys

    /// - Parameter wrongKeys: counts those that each address shows.
    package init(directory: Directory, wrongKeys: WrongKeys) {
        self.directory = directory
        self.wrongKeys = wrongKeys
    }

    /// Accepts or refuses a key.
    /// - Parameters:
    ///   - address: where it is used, asked for when it matters; without one, keys that are good at some addresses only are refused.
    ///   - dialects: what it is used for, if that is known by now.
    ///   - counts: whether a wrong key is noted; `false` for who asks the same again in a moment.
    package func authenticate(
        _ credential: Credential,
        from address: @autoclosure () -> NetworkAddress? = nil,
        for dialects: AllowedDialects = [],
        counts: Bool = true
    ) throws(GatewayError) -> RecognisedKey {
        var shown = ShownSecret()
        return try self.authenticate(credential, from: address(), for: dialects, counts: counts, after: &shown)
    }

    /// The same for who may have shown the key before.
    /// - Parameter shown: what the connection showed last.
    package func authenticate(
        _ credential: Credential,
        from address: @autoclosure () -> NetworkAddress?,
        for dialects: AllowedDialects,
        counts: Bool,
        after shown: inout ShownSecret
    ) throws(GatewayError) -> RecognisedKey {
        let key = RecognisedKey(digest: shown.digest(of: credential.secret, in: self.directory))
        guard let entry = self.directory.snapshot.key(key.digest) else {
            throw self.refusal(of: counts ? address() : nil)
        }
        try self.check(entry, as: key)
        try Self.check(entry, from: address(), for: dialects)
        return key
    }

    /// Accepts or refuses a key that was recognised before, for another call on the connection that showed it.
    package func check(
        _ key: RecognisedKey,
        from address: NetworkAddress?,
        for dialects: AllowedDialects
    ) throws(GatewayError) {
        try Self.check(try self.check(key).entry, from: address, for: dialects)
    }

    /// Accepts or refuses a key that was recognised before: it may have been disabled since.
    @discardableResult
    package func check(_ key: RecognisedKey) throws(GatewayError) -> Standing {
        let snapshot = self.directory.snapshot
        guard let entry = snapshot.key(key.digest) else { throw .wrongKey }
        try self.check(entry, as: key)
        return Standing(entry: entry, snapshot: snapshot)
    }

    /// The id of a key that was recognised before; `nil` when it is not there any more.
    package func keyID(of key: RecognisedKey) -> KeyID? { self.directory.snapshot.key(key.digest)?.key.id }

    /// Accepts or refuses a call to a deployment.
    /// - Parameters:
    ///   - standing: of its key, just checked.
    ///   - model: what the caller wrote, which need not be a name.
    ///   - isStreamed: whether the answer is to be streamed.
    package func admit(
        _ standing: Standing,
        to model: String,
        isStreamed: Bool = false
    ) throws(GatewayError) -> Grant {
        let (entry, snapshot) = (standing.entry, standing.snapshot)
        let target = snapshot.deployment(named: model)
        guard entry.allows(model) || target.map({ entry.allows($0.deployment.name.rawValue) }) == true else {
            throw .forbidden(model)
        }
        guard let target, target.exists(for: entry) else { throw .unknown(model) }
        guard target.deployment.isEnabled else { throw .disabled(model) }
        guard !isStreamed || entry.group.group.allowsStreaming else { throw .notStreamed }
        entry.lastUse.note(self.directory.now())
        return Grant(entry, to: target, relayLimits: snapshot.relayLimits)
    }

    /// The deployments that a key may use and that can be called with it now, by the names that it may call them by.
    package func visibleDeployments(to key: RecognisedKey) throws(GatewayError) -> [VisibleDeployment] {
        let standing = try self.check(key)
        let entry = standing.entry
        let visible = standing.snapshot.deployments.filter { $0.isOffered(to: entry) }
        return visible.flatMap { target -> [VisibleDeployment] in
            let deployment = target.deployment
            if entry.allows(deployment.name.rawValue) { return [.init(deployment, otherNames: deployment.aliases)] }
            // Whose key names another name of a deployment calls it by that one alone.
            return deployment.aliases.filter { entry.allows($0.rawValue) }.map { .init(deployment, as: $0) }
        }
    }

    /// The deployments that are shown to everybody, by name; `nil` when there is none to be shown, whether it can be called or not.
    package var publicDeployments: [VisibleDeployment]? {
        let listed = self.directory.deployments().filter(\.isListedPublicly)
        let isSold = self.directory.groups().contains(where: \.isBilled)
        let shown = listed.filter { $0.isEnabled && $0.audience == .everyone && ($0.price != nil || !isSold) }
        return listed.isEmpty ? nil : shown.map { .init($0, otherNames: $0.aliases) }
    }

    /// Notes that a tunnel was asked for without a good token.
    /// - Returns: how many seconds the address is to wait before it asks again, if it must.
    package func waitAfterWrongToken(from address: NetworkAddress?) -> Int? {
        address.flatMap { self.wrongKeys.note($0) }
    }

    /// The tunnel token of an `authorization` header, if it is a good one.
    package func tunnelToken(authorization: String?) -> TunnelToken? {
        guard let authorization, let secret = Credential.bearer(authorization) else { return nil }
        let digest = self.directory.digest(of: secret)
        guard let token = self.directory.snapshot.token(digest) else { return nil }
        return digest == token.digest || token.retiring.map { $0.until > self.directory.now() } == true ? token : nil
    }

    /// What something is known by that must not be stored itself: its hash under the server's secret.
    package func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] { self.directory.digest(of: bytes).bytes }

    /// The same of bytes that are here already.
    package func digest(of bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { self.digest(of: $0) } }

    /// The key's entry in the accounts as they are now.
    func entry(of key: RecognisedKey) throws(GatewayError) -> KeyEntry { try self.check(key).entry }

    private func check(_ entry: KeyEntry, as key: RecognisedKey) throws(GatewayError) {
        guard !entry.key.isDisabled else { throw .disabledKey }
        guard !entry.user.isDisabled else { throw .disabledUser }
        if let expires = entry.key.expires, expires <= self.directory.now() { throw .expiredKey }
        if let retiring = entry.key.retiring, retiring.digest == key.digest, retiring.until <= self.directory.now() {
            throw .replacedKey
        }
    }

    private static func check(
        _ entry: KeyEntry,
        from address: @autoclosure () -> NetworkAddress?,
        for dialects: AllowedDialects
    ) throws(GatewayError) {
        if entry.asksForAddress {
            let address = address()
            guard let address, entry.allows(address) else { throw .wrongAddress(address) }
        }
        guard entry.group.group.dialects.isSuperset(of: dialects) else { throw .otherDialects(entry.group.group) }
    }

    private func refusal(of address: NetworkAddress?) -> GatewayError {
        guard let address, let wait = self.wrongKeys.note(address) else { return .wrongKey }
        return .tooManyWrongKeys(address, wait: wait)
    }
}
