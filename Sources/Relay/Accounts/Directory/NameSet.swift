internal import Vocabulary

/// Names of deployments given by names and patterns, ready to be asked on every call.
struct NameSet: Sendable {
    /// Whether every name is in it, whatever stands below.
    private let isEverything: Bool
    /// The plain names, found at once.
    private let names: Set<String>
    private let patterns: [DeploymentPattern]

    /// - Parameter patterns: none means every name.
    init(_ patterns: [DeploymentPattern]) {
        self.isEverything = patterns.isEmpty
        self.names = Set(patterns.filter { $0.exactName != nil }.map(\.rawValue))
        self.patterns = patterns.filter { $0.exactName == nil }
    }

    /// Whether what a caller names is in it; `false` for what is no name, unless everything is.
    func contains(_ name: String) -> Bool {
        if self.isEverything || self.names.contains(name) { return true }
        guard !self.patterns.isEmpty, let name = DeploymentName(name) else { return false }
        return self.patterns.contains { $0.matches(name) }
    }
}
