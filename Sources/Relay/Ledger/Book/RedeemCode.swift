package import Vocabulary

/// A code that is worth something to whoever redeems it first. Its secret is known to whoever got it only.
package struct RedeemCode: Hashable, Sendable {
    /// What a code's secret is recognised by.
    package struct Digest: Hashable, Sendable {
        package var bytes: [UInt8]

        package init(bytes: [UInt8]) {
            self.bytes = bytes
        }
    }

    /// `code_` and sixteen letters and digits. Not secret.
    package var id: String
    package var digest: Digest
    /// The secret's last four characters, for people who have several.
    package var hint: String
    package var amount: MicroCredits
    package var note: String
    /// Seconds since 1970, like the times that follow.
    package var created: Int
    /// From when on it is worth nothing.
    package var expires: Int?
    package var redeemed: Int?
    package var redeemedBy: HolderID?

    package init(
        id: String,
        digest: Digest,
        hint: String,
        amount: MicroCredits,
        note: String,
        created: Int,
        expires: Int?,
        redeemed: Int? = nil,
        redeemedBy: HolderID? = nil
    ) {
        self.id = id
        self.digest = digest
        self.hint = hint
        self.amount = amount
        self.note = note
        self.created = created
        self.expires = expires
        self.redeemed = redeemed
        self.redeemedBy = redeemedBy
    }
}
