import ConfigurationText
private import Foundation
private import Terminal
internal import Upstream
private import Vocabulary

extension ConfigurationReader {
    /// The model servers, and whether they are those of the file: then its deployments may name them by their places.
    struct Upstreams {
        var configurations: [UpstreamConfiguration] = []
        var areOfFile = false
    }

    mutating func upstreams(_ settings: ConnectorSettings) -> Upstreams {
        let native = settings.native
        let given = self.sources.list("upstreams")
        let demo = self.sources.value("demo-model")
        if settings.demoModel {
            if let first = given.first, let demo,
                ConfigurationSources.rank(first) == ConfigurationSources.rank(demo)
            {
                self.fault(demo.origin, "demo-model and upstream are both given: expected one of them")
            }
            return Upstreams(configurations: [UpstreamConfiguration(address: .demo)])
        }
        guard given.isEmpty else { return Upstreams(configurations: self.upstreams(given, native)) }
        let configurations = self.sources.file.upstreams.compactMap { self.upstream($0, native) }
        return Upstreams(configurations: configurations, areOfFile: true)
    }

    private mutating func upstreams(_ given: [ConnectorFile.Value], _ native: NativeUse) -> [UpstreamConfiguration] {
        var upstreams = given.compactMap { value in
            self.attempt(value, "upstream") { UpstreamConfiguration(address: try UpstreamAddress($0), native: native) }
        }
        let file = self.sources.value("upstream-key-file")
        guard let key = file ?? self.sources.value("upstream-key") else { return upstreams }
        guard upstreams.count == 1 else {
            if upstreams.count > 1 {
                self.fault(key.origin, "of several model servers each has its own key: give them in a file (--config)")
            }
            return upstreams
        }
        upstreams[0].credential = self.attempt(key, nil) { text in
            file == nil ? try UpstreamCredential(text) : try UpstreamCredential(file: text)
        }
        return upstreams
    }

    private mutating func upstream(_ entry: ConnectorFile.Upstream, _ native: NativeUse) -> UpstreamConfiguration? {
        let address = self.attempt(entry.url, "upstreams.url") { try UpstreamAddress($0) }
        var upstream = address.map { UpstreamConfiguration(address: $0, native: native) }
        let uses = ValueKind("auto, off or force") { NativeUse(rawValue: $0) }
        if let own = self.read(entry.members["native"], "upstreams.native", uses) { upstream?.native = own }
        upstream?.slots = self.read(entry.members["slots"], "upstreams.slots", .integer(in: 1...10_000))
        upstream?.weight = self.read(entry.members["weight"], "upstreams.weight", .integer(in: 1...1_000))
        if let file = entry.members["ca-file"] {
            upstream?.authorityFile = file.text
            _ = self.attempt(file, "upstreams.ca-file") { try UpstreamTLS.authorities(in: $0) }
        }
        if let verifies = self.read(entry.members["verify"], "upstreams.verify", .toggle) {
            upstream?.verifiesCertificate = verifies
        }
        switch (entry.members["key-file"], entry.members["key-variable"]) {
        case (.some, let variable?):
            self.fault(variable.origin, "upstreams: key-file and key-variable are both given: expected one of them")
        case (let file?, nil):
            upstream?.credential = self.attempt(file, "upstreams.key-file") { try UpstreamCredential(file: $0) }
        case (nil, let variable?):
            let sources = self.sources
            upstream?.credential = self.attempt(variable, "upstreams.key-variable") { name in
                guard let key = sources.variable(name) else { throw Complaint("the variable \(name) is not set") }
                return try UpstreamCredential(key)
            }
        case (nil, nil):
            break
        }
        return upstream
    }

    /// What is to be served by what: first what flags or the environment say, then the file.
    mutating func choices(upstreams: Upstreams) -> [DeploymentMap.Choice] {
        var choices: [DeploymentMap.Choice] = []
        for value in self.sources.list("deployments") {
            guard let mark = value.text.firstIndex(of: "=") else {
                self.fault(value.origin, "deployment: expected NAME=MODEL, not \"\(value.text)\"")
                continue
            }
            let model = value.text[value.text.index(after: mark)...]
            self.choose(value.text[..<mark], String(model), value.origin, upstream: nil, among: &choices)
        }
        var ofFile: [DeploymentMap.Choice] = []
        for choice in self.sources.file.deployments {
            self.choose(choice.name.text[...], choice.model.text, choice.name.origin, upstream: nil, among: &ofFile)
        }
        if upstreams.areOfFile {
            for (index, upstream) in self.sources.file.upstreams.enumerated() {
                for choice in upstream.deployments {
                    let (name, model) = (choice.name.text[...], choice.model.text)
                    self.choose(name, model, choice.name.origin, upstream: index, among: &ofFile)
                }
            }
        }
        return choices + ofFile.filter { choice in !choices.contains { $0.name == choice.name } }
    }

    private mutating func choose(
        _ name: Substring,
        _ model: String,
        _ origin: ConfigurationFault.Origin,
        upstream: Int?,
        among choices: inout [DeploymentMap.Choice]
    ) {
        guard let deployment = DeploymentName(name) else {
            return self.fault(origin, "«\(name)» is no deployment's name: expected letters, digits and . _ - : / @ +")
        }
        guard !model.isEmpty else { return self.fault(origin, "the deployment \(name) has no model") }
        guard !choices.contains(where: { $0.name == deployment }) else {
            return self.fault(origin, "the deployment \(name) is given twice")
        }
        choices.append(DeploymentMap.Choice(name: deployment, model: model, upstream: upstream))
    }
}
