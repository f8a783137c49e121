internal import Upstream

/// Which models a configuration wants, and which of the model servers is to have them. A pure value.
struct WantedModels: Sendable {
    /// The model of every deployment that is not chosen by itself.
    var model: String?
    var choices: [DeploymentMap.Choice]
    /// The models of every server, by its place in the configuration; `nil` for one that could not be asked.
    var offers: [[String]?]

    /// What is wanted and not there: what this server was to have, and, told of the first that answers, what any of them was to have.
    ///
    /// As long as one of them could not be asked it may be the one.
    func missing(at server: Int) -> [String] {
        let own = self.own(server).filter { !self.has(server, $0) }
        guard server == self.offers.firstIndex(where: { $0 != nil }), !self.offers.contains(where: { $0 == nil }) else {
            return own
        }
        return self.anywhere.filter { name in !self.offers.indices.contains { self.has($0, name) } } + own
    }

    /// What this server is to be asked, when one of its models is wanted.
    func first(at server: Int) -> String? {
        self.own(server).first ?? self.anywhere.first { self.has(server, $0) }
    }

    private var anywhere: [String] {
        [self.model].compactMap(\.self) + self.choices.filter { $0.upstream == nil }.map(\.model)
    }

    private func own(_ server: Int) -> [String] {
        self.choices.filter { $0.upstream == server }.map(\.model)
    }

    private func has(_ server: Int, _ name: String) -> Bool {
        self.offers[server]?.contains { ModelName.isSame($0, name) } ?? false
    }
}
