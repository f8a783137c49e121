package import Vocabulary

/// A key as calls ask for it: one reference, however much the key holds.
package final class KeyEntry: Sendable {
    package let key: Key
    /// Whose key it is.
    package let user: User
    /// What it shares with others.
    package let group: GroupEntry
    /// The key's own limits, and what its group says where it has none.
    package let keyLimits: Limits
    /// The user's own limits, and what the key's group says where the user has none.
    package let userLimits: Limits
    /// Whether anything limits the key, its user or its group.
    package let isLimited: Bool
    /// Whether the key may use only so much, ever or within some time.
    package let hasQuota: Bool
    /// The same for every entry that this key ever has.
    package let lastUse: LastUse
    private let models: NameSet

    init(_ key: Key, of user: User, in group: GroupEntry, lastUse: LastUse) {
        self.key = key
        self.user = user
        self.group = group
        self.keyLimits = key.limits.orElse(group.group.keyLimits)
        self.userLimits = user.limits.orElse(group.group.userLimits)
        self.isLimited = [self.keyLimits, self.userLimits, group.group.limits].contains { $0 != .none }
        self.hasQuota = !key.quota.isNone
        self.lastUse = lastUse
        self.models = NameSet(key.allowedModels)
    }

    /// Whether the key and its group may use what a caller names; `false` for what is no name, unless they may use
    /// everything.
    package func allows(_ name: String) -> Bool { self.models.contains(name) && self.group.models.contains(name) }

    /// Whether the key may be used from an address.
    package func allows(_ address: NetworkAddress) -> Bool {
        let key = self.key
        if key.deniedAddresses.contains(where: { $0.contains(address) }) { return false }
        return key.allowedAddresses.isEmpty || key.allowedAddresses.contains { $0.contains(address) }
    }

    /// Whether it depends on the address where the key may be used.
    package var asksForAddress: Bool { !self.key.allowedAddresses.isEmpty || !self.key.deniedAddresses.isEmpty }

    /// The key with its last use as it is now.
    var current: Key {
        var key = self.key
        key.lastUsed = self.lastUse.latest
        return key
    }
}
