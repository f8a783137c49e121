import ConfigurationText
private import Yams

/// What a configuration file says, still as text, with the place of everything.
///
/// YAML 1.1 as libYAML reads it; JSON is read as the YAML that it is.
struct ConnectorFile: Sendable {
    /// A text and where it stands.
    struct Value: Hashable, Sendable {
        var text: String
        var origin: ConfigurationFault.Origin
    }

    /// A deployment and the model that serves it.
    struct Choice: Hashable, Sendable {
        var name: Value
        var model: Value
    }

    /// One entry of `upstreams`.
    struct Upstream: Hashable, Sendable {
        var url: Value
        /// The other members, by their names.
        var members: [String: Value] = [:]
        var deployments: [Choice] = []
    }

    /// What an entry of `upstreams` may say beside its `url` and its `deployments`.
    static let upstreamMembers = ["key-file", "key-variable", "ca-file", "verify", "native", "slots", "weight"]

    private(set) var values: [String: Value] = [:]
    private(set) var upstreams: [Upstream] = []
    private(set) var deployments: [Choice] = []
    /// Keys that do not exist, values of the wrong shape, and text that is no YAML.
    private(set) var faults: [ConfigurationFault] = []
    private let file: YAMLFile

    /// - Parameters:
    ///   - text: what stands in the file.
    ///   - path: its name, for messages.
    init(text: String, path: String) {
        self.file = YAMLFile(path: path)
        do throws(ConfigurationFault) {
            // A file with nothing but comments is an empty configuration.
            guard let root = try self.file.root(of: text) else { return }
            guard case .mapping(let mapping) = root else {
                self.fault(root.mark, "expected keys and values, such as relay: https://relay.example.com")
                return
            }
            for (key, value) in mapping { self.read(value, of: key) }
        } catch {
            self.faults.append(error)
        }
    }

    private mutating func read(_ value: Node, of key: Node) {
        guard case .scalar(let name) = key else { return self.fault(key.mark, "expected the name of a setting") }
        let setting = Setting.named(name.string)
        switch name.string {
        case _ where setting?.isSecret == true:
            self.fault(key.mark, "\(name.string): a secret does not belong into this file; give a file that holds it")
        case "upstreams":
            for entry in self.elements(value) { self.readUpstream(entry) }
        case "deployments":
            self.deployments += self.choices(value)
        case _ where setting?.isInFile == true:
            if let value = self.text(value, of: name.string, at: key.mark, expected: setting?.expected) {
                self.values[name.string] = value
            }
        default:
            let names = Setting.all.filter { $0.isInFile }.map(\.key)
            self.fault(key.mark, "unknown key \(name.string)\(Spelling.hint(for: name.string, among: names))")
        }
    }

    /// The elements of a list; one that is no list is its only element.
    private func elements(_ node: Node) -> [Node] {
        if node.isNothing { return [] }
        return node.sequence.map(Array.init) ?? [node]
    }

    private mutating func readUpstream(_ node: Node) {
        if case .scalar = node {
            if let url = self.text(node, of: "upstreams", at: nil, expected: "a URL") {
                self.upstreams.append(Upstream(url: url))
            }
            return
        }
        guard case .mapping(let mapping) = node, let url = mapping["url"] else {
            return self.fault(
                node.mark,
                "upstreams: expected a URL, or url and \(Self.upstreamMembers.joined(separator: ", "))"
            )
        }
        guard let url = self.text(url, of: "upstreams.url", at: node.mark, expected: "a URL") else { return }
        var upstream = Upstream(url: url)
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            switch name {
            case "url":
                break
            case "deployments":
                upstream.deployments = self.choices(value)
            case _ where Self.upstreamMembers.contains(name):
                upstream.members[name] = self.text(value, of: "upstreams.\(name)", at: key.mark, expected: "one value")
            default:
                let names = ["url", "deployments"] + Self.upstreamMembers
                self.fault(key.mark, "unknown key upstreams.\(name)\(Spelling.hint(for: name, among: names))")
            }
        }
        self.upstreams.append(upstream)
    }

    private mutating func choices(_ node: Node) -> [Choice] {
        if node.isNothing { return [] }
        guard case .mapping(let mapping) = node else {
            self.fault(node.mark, "deployments: expected names and their models, such as gemma-tunnel: gemma3:4b")
            return []
        }
        return mapping.compactMap { name, model in
            guard let name = self.text(name, of: "deployments", at: name.mark, expected: "a name"),
                let model = self.text(model, of: "deployments.\(name.text)", at: name.origin, expected: "a model")
            else { return nil }
            return Choice(name: name, model: model)
        }
    }

    private mutating func text(_ node: Node, of key: String, at mark: Mark?, expected: String?) -> Value? {
        self.text(node, of: key, at: self.file.origin(mark), expected: expected)
    }

    private mutating func text(
        _ node: Node,
        of key: String,
        at place: ConfigurationFault.Origin,
        expected: String?
    ) -> Value? {
        guard case .scalar(let scalar) = node, !node.isNothing else {
            let origin = node.isNothing ? place : self.file.origin(node.mark)
            self.faults.append(ConfigurationFault(origin: origin, message: "\(key): expected \(expected ?? "a value")"))
            return nil
        }
        return Value(text: scalar.string, origin: self.file.origin(node.mark))
    }

    private mutating func fault(_ mark: Mark?, _ message: String) {
        self.faults.append(self.file.fault(mark, message))
    }
}
