extension Spelling {
    /// Variables that are no setting but nearly are one.
    ///
    /// Others that begin with `ADIT_` are left alone: each program has its own, and platforms that run containers set some for each
    /// service (`ADIT_PORT`, `ADIT_SERVICE_HOST`).
    /// - Parameters:
    ///   - names: of the variables that there are.
    ///   - settings: of those that mean something, beside `ADIT_CONFIG`, which names the file.
    package static func misspelt(
        _ names: some Sequence<String>,
        settings: [String]
    ) -> [ConfigurationFault] {
        let known = settings + ["ADIT_CONFIG"]
        let rest = { (name: String) in String(name.dropFirst(5)) }
        return names.sorted().compactMap { name in
            guard name.hasPrefix("ADIT_"), !known.contains(name) else { return nil }
            guard let meant = self.nearest(to: rest(name), among: known.map(rest)) else { return nil }
            return ConfigurationFault(
                origin: .environment(name: name),
                message: "no such setting; did you mean ADIT_\(meant)?"
            )
        }
    }
}
