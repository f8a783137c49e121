internal import Yams

/// What stands in a configuration file, still as text, with the place of each thing for complaints.
struct ConnectorFile {
    /// One thing that is wrong.
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    /// One entry of `upstreams`.
    struct UpstreamEntry {
        var url: String
        var keyFile: String?
        var keyVariable: String?
        var caFile: String?
        var verify = true
        var deployments: [(name: String, model: String)] = []
    }

    /// Keys with one text as their value.
    static let scalars = [
        "relay", "token-file", "model", "ca-file", "pin", "client-certificate", "client-key", "insecure", "tunnels",
        "drain", "state", "log-level", "log-format",
    ]
    static let upstreamKeys = ["url", "key-file", "key-variable", "ca-file", "verify", "deployments"]

    private(set) var values: [String: String] = [:]
    private(set) var upstreams: [UpstreamEntry] = []

    init() {}

    /// Reads a file's text.
    /// - Parameter path: for complaints only.
    init(text: String, path: String) throws(Fault) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Fault(description: "\(path): \(error)")
        }
        guard let root else { return }
        guard let mapping = root.mapping else {
            throw Self.fault(path, root, "settings were expected, as «key: value»")
        }
        for (key, value) in mapping {
            let name = key.string ?? ""
            if name == "upstreams" {
                for entry in value.sequence ?? [value] { self.upstreams.append(try Self.upstream(entry, path)) }
            } else if name == "token" {
                throw Self.fault(path, key, "the token does not belong into this file: use token-file, or ADIT_TOKEN")
            } else if Self.scalars.contains(name) {
                self.values[name] = try Self.text(value, path)
            } else {
                throw Self.fault(
                    path,
                    key,
                    "there is no setting «\(name)»\(Self.suggestion(name, Self.scalars + ["upstreams"]))"
                )
            }
        }
    }

    private static func upstream(_ node: Node, _ path: String) throws(Fault) -> UpstreamEntry {
        if let url = node.string { return UpstreamEntry(url: url) }
        guard let mapping = node.mapping, let url = mapping["url"]?.string else {
            throw Self.fault(path, node, "an upstream needs its «url»")
        }
        var entry = UpstreamEntry(url: url)
        for (key, value) in mapping {
            switch key.string ?? "" {
            case "url": break
            case "key-file": entry.keyFile = try Self.text(value, path)
            case "key-variable": entry.keyVariable = try Self.text(value, path)
            case "ca-file": entry.caFile = try Self.text(value, path)
            case "verify":
                guard let verify = value.bool else { throw Self.fault(path, value, "true or false was expected") }
                entry.verify = verify
            case "deployments":
                guard let deployments = value.mapping else {
                    throw Self.fault(path, value, "deployments were expected, as «name: model»")
                }
                for (name, model) in deployments {
                    entry.deployments.append((try Self.text(name, path), try Self.text(model, path)))
                }
            case let name:
                throw Self.fault(path, key, "an upstream has no «\(name)»\(Self.suggestion(name, Self.upstreamKeys))")
            }
        }
        return entry
    }

    private static func text(_ node: Node, _ path: String) throws(Fault) -> String {
        guard let text = node.scalar?.string else { throw Self.fault(path, node, "one value was expected") }
        return text
    }

    private static func fault(_ path: String, _ node: Node, _ what: String) -> Fault {
        let place = node.mark.map { ":\($0.line):\($0.column)" } ?? ""
        return Fault(description: "\(path)\(place): \(what)")
    }

    /// The nearest key, when there is one that a slip of the finger leads to.
    private static func suggestion(_ name: String, _ keys: [String]) -> String {
        let folded = name.lowercased().replacing("_", with: "-")
        let near = keys.first { key in
            key == folded || (key.count > 3 && (key.hasPrefix(folded) || folded.hasPrefix(key)))
        }
        return near.map { "; is «\($0)» meant?" } ?? "; there are: \(keys.joined(separator: ", "))"
    }
}
