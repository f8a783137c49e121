package import Vocabulary

/// Decides which deployments this connector serves with which models, as a pure value.
///
/// What the user says wins. Without a word a deployment gets the model that has its name, or the only one there is; a pattern
/// publishes every model. What is not clear is published unhealthy with the question that is open, so that callers read it too.
package struct DeploymentMap: Sendable {
    /// `--deployment NAME=MODEL`: one choice of the user.
    package struct Choice: Hashable, Sendable {
        package var name: DeploymentName
        package var model: String
        /// The upstream's place in the configuration; `nil` for the one that offers the model.
        package var upstream: Int?

        package init(name: DeploymentName, model: String, upstream: Int? = nil) {
            self.name = name
            self.model = model
            self.upstream = upstream
        }
    }

    /// What is served, and what in the configuration is wrong.
    package struct Outcome: Equatable, Sendable {
        /// In order of their names.
        package var deployments: [Deployment]
        /// Sentences for whoever configured the connector.
        package var faults: [String]
    }

    /// What the relay's `welcome` says the tunnel token allows.
    package var scope: [DeploymentPattern]
    package var choices: [Choice]
    /// `--model M`: the model of every deployment that the token names one by one.
    package var model: String?

    package init(scope: [DeploymentPattern], choices: [Choice] = [], model: String? = nil) {
        self.scope = scope
        self.choices = choices
        self.model = model
    }

    /// - Parameter reports: of every upstream by its place in the configuration; `nil` for one that was not asked yet.
    package func resolve(_ reports: [UpstreamReport?]) -> Outcome {
        let offer = Offer(reports)
        var deployments: [Deployment] = []
        var faults: [String] = []
        var taken: Set<DeploymentName> = []
        let names = self.scope.compactMap(\.exactName)

        for choice in self.choices where taken.insert(choice.name).inserted {
            if !self.scope.contains(where: { $0.matches(choice.name) }) {
                let allowed = self.scope.map(\.rawValue).joined(separator: ", ")
                faults.append(
                    "the deployment \(choice.name) is outside of what the tunnel token allows (\(allowed))"
                )
            }
            deployments.append(offer.deployment(choice.name, model: choice.model, upstream: choice.upstream))
        }
        let open = names.filter { !taken.contains($0) }
        for name in open where taken.insert(name).inserted {
            if let model = self.model {
                deployments.append(offer.deployment(name, model: model, upstream: nil))
            } else {
                deployments.append(offer.deployment(name, isOnlyOne: open.count == 1))
            }
        }
        var published: [Deployment] = []
        for pattern in self.scope where pattern.exactName == nil {
            offer.publish(by: pattern, besides: deployments, into: &published)
        }
        deployments += published
        return Outcome(deployments: deployments.sorted { $0.name < $1.name }, faults: faults)
    }
}
