package import Vocabulary

/// What keys share: what they may call, how much, and what they pay for it.
package struct Group: Hashable, Sendable {
    package var id: GroupID
    /// What people call the group by; no two have the same.
    package var name: String
    package var created: Int
    /// Anything else is to its keys as if it were not there.
    package var dialects = AllowedDialects.every
    /// Deployments that its keys may use, as far as the keys themselves may; none means every one.
    package var deployments: [DeploymentPattern] = []
    package var allowsStreaming = true
    /// Of all keys of the group together.
    package var limits = Limits.none
    /// Of each user in the group who has none of their own.
    package var userLimits = Limits.none
    /// Of each key in the group that has none of its own.
    package var keyLimits = Limits.none
    /// Whether calls are paid for; otherwise prices do not count.
    package var isBilled = false
    /// What prices are multiplied with.
    package var multiplier = Factor.one
    /// What stands in the place of ``multiplier`` for these users.
    package var userMultipliers: [UserID: Factor] = [:]
    /// What prices are multiplied with besides, by the service tier that a call asks for; a tier that is not here costs
    /// as much as none.
    package var tierFactors: [String: Factor] = [:]
    package var vanishedClient = VanishedClient.paysProduced
    package var missingUsage = MissingUsage.isFree

    package init(id: GroupID, name: String, created: Int) {
        self.id = id
        self.name = name
        self.created = created
    }

    /// What becomes of a call whose client left before its end.
    package enum VanishedClient: String, Hashable, Sendable, CaseIterable {
        /// The model stops, and what it has produced is paid for.
        case paysProduced = "produced"
        /// The model goes on to the end of its answer, and all of it is paid for.
        case paysWhole = "whole"
    }

    /// What an answer costs whose model server does not say how many tokens it took.
    package enum MissingUsage: String, Hashable, Sendable, CaseIterable {
        /// Nothing.
        case isFree = "free"
        /// As many tokens as it seems to have, and the record says so.
        case isEstimated = "estimated"
    }

    /// What prices are multiplied with for a user.
    package func multiplier(of user: UserID) -> Factor { self.userMultipliers[user] ?? self.multiplier }
}
