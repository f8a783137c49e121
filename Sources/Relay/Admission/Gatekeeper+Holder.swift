package import Accounts
package import Vocabulary

extension Gatekeeper {
    /// A key as it is now, and the limits of calls with it: its own, or else those that its group has for its keys.
    package func holder(of key: RecognisedKey) throws(GatewayError) -> (key: Key, limits: Limits) {
        let entry = try self.entry(of: key)
        return (entry.key, entry.keyLimits)
    }
}
