package import Yams

/// Where things stand in one YAML file, and how its faults are said.
package struct YAMLFile: Sendable {
    /// Its name, for messages.
    package let path: String

    /// - Parameter path: its name, for messages.
    package init(path: String) {
        self.path = path
    }

    /// The root of a text as libYAML reads it (YAML 1.1, so JSON too); `nil` for one with nothing but comments.
    package func root(of text: String) throws(ConfigurationFault) -> Node? {
        do {
            guard let root = try Yams.compose(yaml: text), !root.isNothing else { return nil }
            return root
        } catch {
            throw self.fault(Self.mark(of: error), Self.problem(of: error))
        }
    }

    package func fault(_ mark: Mark?, _ message: String) -> ConfigurationFault {
        ConfigurationFault(origin: self.origin(mark), message: message)
    }

    package func origin(_ mark: Mark?) -> ConfigurationFault.Origin {
        .file(path: self.path, line: mark?.line, column: mark?.column)
    }

    private static func mark(of error: any Error) -> Mark? {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark
        case .duplicatedKeysInMapping(_, let context): context.mark
        default: nil
        }
    }

    private static func problem(of error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
            .composer(let context, let problem, _, _):
            "this is no YAML: " + (context.map { $0.text + ": " } ?? "") + problem
        case .reader(let problem, _, _, _): "this is no text: \(problem)"
        case .duplicatedKeysInMapping(let keys, _): "\(keys.joined(separator: ", ")) is given twice"
        default: "this cannot be read: \(error)"
        }
    }
}

extension Node {
    /// Whether the value is absent: a plain scalar that is empty, `~` or `null`.
    package var isNothing: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
