import Accounts
package import Vocabulary

extension Gatekeeper {
    /// Whose a key is: the ids of the key and of its user.
    package func holder(of key: RecognisedKey) throws(GatewayError) -> (key: String, user: String) {
        let entry = try self.entry(of: key)
        return (entry.key.id.rawValue, entry.key.user.rawValue)
    }
}
