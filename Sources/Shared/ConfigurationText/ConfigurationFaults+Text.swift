private import FoundationEssentials

extension ConfigurationFaults {
    /// The text of a configuration file.
    /// - Throws: what is wrong with the file as a whole.
    package static func text(ofFile path: String) throws(ConfigurationFaults) -> String {
        let problem: String
        if let data = FileManager.default.contents(atPath: path) {
            if let text = String(validating: data, as: UTF8.self) { return text }
            problem = "this is not UTF-8 text"
        } else {
            problem = "there is no such file, or it may not be read"
        }
        let origin = ConfigurationFault.Origin.file(path: path, line: nil, column: nil)
        throw ConfigurationFaults(faults: [ConfigurationFault(origin: origin, message: problem)])
    }
}

extension [ConfigurationFault] {
    /// Those of the file first, in the order of its lines; then what is given nowhere.
    package var inOrderOfLines: [ConfigurationFault] {
        let line = { (fault: ConfigurationFault) in
            switch fault.origin {
            case .file(_, let line, _): line ?? 0
            case .builtIn: Int.max - 1
            case .environment, .flag: Int.max
            }
        }
        return self.enumerated()
            .sorted { (line($0.element), $0.offset) < (line($1.element), $1.offset) }
            .map(\.element)
    }
}
