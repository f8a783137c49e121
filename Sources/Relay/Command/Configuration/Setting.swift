/// One key of the configuration: how it is named in each place, what it may be, and what it does.
///
/// ``all`` is the only list of them. Reading, refusing, the flags' help and the reference follow it.
struct Setting: Sendable {
    /// The name in a file, sections joined by dots: `timeouts.first-byte`.
    let key: String
    /// What it does: a phrase for the help of its flag, one sentence or more for the reference.
    let summary: String
    /// What it may be, for people: `a size from 1KiB to 1GiB`.
    let expected: String
    /// Whether it is a list: a sequence in a file, separated by commas elsewhere.
    let isList: Bool
    /// Puts the value into a configuration; answers whether the value is a possible one.
    ///
    /// Lists get every element, the others exactly one.
    let read: @Sendable (_ texts: [String], _ into: inout RelayConfiguration) -> Bool
    /// The value that a configuration has, as it could be written.
    let show: @Sendable (RelayConfiguration) -> String
}

extension Setting {
    /// The name in the environment: `ADIT_TIMEOUTS_FIRST_BYTE`.
    var environmentName: String {
        "ADIT_" + String(self.key.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }

    /// The name on the command line, without its dashes: `timeouts-first-byte`.
    var flagName: String { String(self.key.map { $0 == "." ? "-" : $0 }) }

    /// The value when nothing is said, as it could be written; empty when there is none.
    var defaultText: String { self.show(RelayConfiguration()) }

    /// The setting of that key.
    static func named(_ key: String) -> Setting? { self.byKey[key] }

    private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// The sections that keys lie in: `tls`, `log`, `limits`, ….
    static let sections: Set<String> = Set(
        all.flatMap { setting in
            let parts = setting.key.split(separator: ".")
            return parts.indices.dropFirst().map { parts[..<$0].joined(separator: ".") }
        }
    )
}
