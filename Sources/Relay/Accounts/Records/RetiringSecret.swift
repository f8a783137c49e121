/// A secret that was replaced and is good for a while yet.
package struct RetiringSecret: Hashable, Sendable {
    /// What it is recognised by.
    package var digest: SecretDigest
    /// From when on it is refused, in seconds since 1970.
    package var until: Int

    package init(digest: SecretDigest, until: Int) {
        self.digest = digest
        self.until = until
    }
}
