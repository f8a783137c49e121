package import Accounts
package import Vocabulary

/// A key as it is now, as far as it concerns whoever has its secret.
package struct Holder: Sendable {
    package var key: Key
    /// Of calls with the key: its own limits, or else those that its group has for its keys.
    package var limits: Limits
    /// Of all keys of its user together, found in the same way.
    package var userLimits: Limits
}

extension Gatekeeper {
    /// Whose key it is that was recognised, and what limits its calls.
    package func holder(of key: RecognisedKey) throws(GatewayError) -> Holder {
        let entry = try self.entry(of: key)
        return Holder(key: entry.key, limits: entry.keyLimits, userLimits: entry.userLimits)
    }

    /// Whether calls with a key are paid for.
    package func isBilled(_ key: RecognisedKey) throws(GatewayError) -> Bool {
        try self.entry(of: key).group.group.isBilled
    }
}
