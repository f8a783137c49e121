/// One thing that is wrong with the configuration, and where it stands.
package struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where a value was given.
    package enum Origin: Hashable, Sendable, CustomStringConvertible {
        /// In a file; line and column count from 1, and are absent when the fault is the file itself.
        case file(path: String, line: Int?, column: Int?)
        /// In a variable of the environment.
        case environment(name: String)
        /// In a flag of the command line, its name without dashes.
        case flag(name: String)
        /// Nowhere: the value that holds when nothing is said.
        case builtIn

        package var description: String {
            switch self {
            case .file(let path, let line?, let column?): "\(path):\(line):\(column)"
            case .file(let path, _, _): path
            case .environment(let name): name
            case .flag(let name): "--\(name)"
            case .builtIn: "default"
            }
        }
    }

    package var origin: Origin
    /// What is wrong and what was expected.
    package var message: String

    package init(origin: Origin, message: String) {
        self.origin = origin
        self.message = message
    }

    package var description: String { self.origin == .builtIn ? self.message : "\(self.origin): \(self.message)" }
}

/// Everything that is wrong with the configuration, each fault on its own line; never empty.
package struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program ends with that cannot be what it is configured to be, `EX_CONFIG` of sysexits.h: starting it again changes nothing.
    package static let exitStatus: Int32 = 78

    package var faults: [ConfigurationFault]

    package init(faults: [ConfigurationFault]) {
        self.faults = faults
    }

    package var description: String { self.faults.map(\.description).joined(separator: "\n") }
}
