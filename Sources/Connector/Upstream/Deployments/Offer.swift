import Vocabulary

/// What all upstreams together offer, and how a deployment finds its model in it.
struct Offer {
    private struct Entry {
        var upstream: Int
        var model: UpstreamModel
    }

    private let reports: [UpstreamReport?]
    /// Models of upstreams that are well before those of others, else in the upstreams' order.
    private let entries: [Entry]

    init(_ reports: [UpstreamReport?]) {
        self.reports = reports
        let all = reports.enumerated().flatMap { index, report in
            (report?.models ?? []).map { Entry(upstream: index, model: $0) }
        }
        let isWell = { (entry: Entry) in reports[entry.upstream]?.healthy == true }
        self.entries = all.filter(isWell) + all.filter { !isWell($0) }
    }

    /// A deployment whose model the user has chosen.
    func deployment(_ name: DeploymentName, model: String, upstream: Int?) -> Deployment {
        let found = self.entries.first {
            ModelName.isSame($0.model.id, model) && (upstream == nil || $0.upstream == upstream)
        }
        if let found { return self.deployment(name, found) }
        let place = upstream ?? self.reports.firstIndex { $0?.healthy == true } ?? 0
        guard self.reports.indices.contains(place), let report = self.reports[place] else {
            return Deployment(
                name: name,
                model: model,
                upstream: place,
                healthy: false,
                reason: self.reports.isEmpty ? Self.noUpstream : Self.notAsked
            )
        }
        var deployment = Deployment(
            name: name,
            model: model,
            upstream: place,
            healthy: report.healthy,
            reason: report.reason
        )
        if report.healthy, report.kind.refusesUnlisted {
            deployment.healthy = false
            deployment.reason = "its model server does not offer \(model); found: \(self.listing())"
        }
        return deployment
    }

    /// A deployment of which nobody said what serves it.
    ///
    /// - Parameter isOnlyOne: whether it is the only such one: then the only model is meant.
    func deployment(_ name: DeploymentName, isOnlyOne: Bool) -> Deployment {
        let named = self.entries.first { ModelName.isSame($0.model.id, name.rawValue) }
        let slug = ModelName.slug(name.rawValue)
        if let entry = named ?? self.entries.first(where: { ModelName.slug($0.model.id) == slug }) {
            return self.deployment(name, entry)
        }
        let candidates = self.entries.filter { $0.model.isEmbedding != true }
        if isOnlyOne {
            if candidates.count == 1, let only = candidates.first { return self.deployment(name, only) }
            if self.entries.count == 1, let only = self.entries.first { return self.deployment(name, only) }
        }
        let reason =
            if candidates.isEmpty {
                self.reasonForNothing
            } else if isOnlyOne {
                "choose one with --model; found: \(self.listing())"
            } else {
                "choose one with --deployment \(name)=MODEL; found: \(self.listing())"
            }
        let upstream = self.reports.firstIndex { $0?.healthy == true } ?? 0
        return Deployment(name: name, model: "", upstream: upstream, healthy: false, reason: reason)
    }

    /// Every model under a name that the pattern allows.
    ///
    /// A model whose id the pattern allows keeps it; of the others the id stands where the pattern has its first `*`. A model
    /// that another pattern has published already is not published twice.
    func publish(by pattern: DeploymentPattern, besides others: [Deployment], into published: inout [Deployment]) {
        let parts = pattern.rawValue.split(separator: "*", omittingEmptySubsequences: false)
        let before = String(parts.first ?? "")
        let after = parts.dropFirst().joined()
        var taken = Set((others + published).map(\.name))
        // In an order that does not depend on what a server did last, so that a name stays with its model.
        let entries = self.entries.sorted { ($0.upstream, $0.model.id) < ($1.upstream, $1.model.id) }
        let own = entries.map { ModelName.deployment($0.model.id).flatMap { pattern.matches($0) ? $0 : nil } }
        for keepsName in [true, false] {
            for (entry, own) in zip(entries, own) where (own != nil) == keepsName {
                guard let name = own ?? ModelName.deployment(before + entry.model.id + after) else { continue }
                let isThere =
                    published.contains { $0.upstream == entry.upstream && $0.model == entry.model.id }
                    || others.contains {
                        $0.name == name && $0.upstream == entry.upstream && $0.model == entry.model.id
                    }
                let free = ModelName.free(name, among: taken)
                guard !isThere, pattern.matches(free) else { continue }
                taken.insert(free)
                published.append(self.deployment(free, entry))
            }
        }
    }

    // MARK: Inside

    private func deployment(_ name: DeploymentName, _ entry: Entry) -> Deployment {
        let report = self.reports[entry.upstream]
        return Deployment(
            name: name,
            model: entry.model.id,
            upstream: entry.upstream,
            healthy: report?.healthy ?? false,
            reason: report?.reason
        )
    }

    private static let noUpstream = "no model server was found beside its connector"
    private static let notAsked = "its model server has not been asked yet"

    private var reasonForNothing: String {
        if self.reports.isEmpty { return Self.noUpstream }
        if self.reports.allSatisfy({ $0 == nil }) { return Self.notAsked }
        let reasons = self.reports.compactMap { $0?.reason }
        if let reason = reasons.first, !self.reports.contains(where: { $0?.healthy == true }) { return reason }
        return "its model server offers no model yet"
    }

    /// The models to choose from, as far as they fit into a sentence.
    private func listing() -> String {
        let ids = self.entries.filter { $0.model.isEmbedding != true }.map(\.model.id)
        return ids.prefix(8).joined(separator: ", ") + (ids.count > 8 ? " and \(ids.count - 8) more" : "")
    }
}
