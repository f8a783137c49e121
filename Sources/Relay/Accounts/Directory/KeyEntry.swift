internal import Vocabulary

/// A key as calls ask for it: one reference, however much the key holds.
package final class KeyEntry: Sendable {
    package let key: Key
    /// The same for every entry that this key ever has.
    package let lastUse: LastUse
    /// The allowed models that are plain names, found at once.
    private let names: Set<String>
    /// The others.
    private let patterns: [DeploymentPattern]

    init(_ key: Key, lastUse: LastUse) {
        self.key = key
        self.lastUse = lastUse
        self.names = Set(key.allowedModels.filter { $0.exactName != nil }.map(\.rawValue))
        self.patterns = key.allowedModels.filter { $0.exactName == nil }
    }

    /// Whether the key may use what a caller names; `false` for what is no name, unless it may use everything.
    package func allows(_ name: String) -> Bool {
        if self.key.allowedModels.isEmpty || self.names.contains(name) { return true }
        guard !self.patterns.isEmpty, let name = DeploymentName(name) else { return false }
        return self.patterns.contains { $0.matches(name) }
    }

    /// The key with its last use as it is now.
    var current: Key {
        var key = self.key
        key.lastUsed = self.lastUse.latest
        return key
    }
}
