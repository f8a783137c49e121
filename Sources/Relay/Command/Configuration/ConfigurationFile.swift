import ConfigurationText
private import Yams

/// What a configuration file says, key by key, with the place of each value.
///
/// YAML 1.1 as libYAML reads it; JSON is read as the YAML that it is.
struct ConfigurationFile: Sendable {
    /// One value and where it stands.
    struct Entry: Sendable {
        /// The elements of a sequence, or the one scalar.
        var texts: [String]
        var origin: ConfigurationFault.Origin
    }

    /// The values by their full keys; only keys that exist.
    private(set) var entries: [String: Entry] = [:]
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
                self.fault(root.mark, "expected keys and values, such as listen: 127.0.0.1:8443")
                return
            }
            self.read(mapping, below: "")
        } catch {
            self.faults.append(error)
        }
    }
}

extension ConfigurationFile {
    private mutating func read(_ mapping: Node.Mapping, below section: String) {
        for (keyNode, value) in mapping {
            guard case .scalar(let name) = keyNode else {
                self.fault(keyNode.mark, "expected the name of a setting")
                continue
            }
            let key = section.isEmpty ? name.string : "\(section).\(name.string)"
            if let setting = Setting.named(key) {
                self.read(value, of: setting, at: keyNode.mark)
            } else if Setting.sections.contains(key) {
                self.read(value, ofSection: key)
            } else {
                let candidates = Setting.all.map(\.key) + Setting.sections.sorted()
                self.fault(keyNode.mark, "unknown key \(key)\(Spelling.hint(for: key, among: candidates))")
            }
        }
    }

    private mutating func read(_ value: Node, ofSection key: String) {
        if case .mapping(let mapping) = value {
            self.read(mapping, below: key)
        } else if !value.isNothing {
            // An empty section is what remains when every key in it is commented out.
            let names = Setting.all.map(\.key).filter { $0.hasPrefix(key + ".") }
            self.fault(value.mark, "\(key) is a section: expected \(names.joined(separator: ", ")) below it")
        }
    }

    private mutating func read(_ value: Node, of setting: Setting, at mark: Mark?) {
        let origin = self.file.origin(value.mark ?? mark)
        if self.entries[setting.key] != nil {
            self.fault(mark, "\(setting.key) is given twice")
            return
        }
        switch value {
        case .scalar(let scalar) where !value.isNothing:
            self.entries[setting.key] = Entry(texts: [scalar.string], origin: origin)
        case .sequence(let elements) where setting.isList:
            let texts = elements.compactMap { element in element.scalar?.string }
            if texts.count == elements.count {
                self.entries[setting.key] = Entry(texts: texts, origin: origin)
            } else {
                self.fault(value.mark, "\(setting.key): expected \(setting.expected)")
            }
        case .scalar:
            self.fault(mark, "\(setting.key) has no value: expected \(setting.expected)")
        case .sequence:
            self.fault(value.mark, "\(setting.key): expected \(setting.expected), not a list")
        case .mapping, .alias:
            self.fault(value.mark, "\(setting.key): expected \(setting.expected), not a section")
        }
    }

    private mutating func fault(_ mark: Mark?, _ message: String) {
        self.faults.append(self.file.fault(mark, message))
    }
}
