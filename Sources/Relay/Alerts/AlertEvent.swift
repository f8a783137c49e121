package import Vocabulary

/// Something that an operator wants to be woken for, or that it is over.
package struct AlertEvent: Hashable, Sendable {
    /// What happened.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// No connector has served a deployment for a while.
        case deploymentOffline = "deployment.offline"
        case deploymentOnline = "deployment.online"
        /// Too many calls to a deployment fail.
        case errorsHigh = "errors.high"
        case errorsNormal = "errors.normal"
        /// A user may not spend much any more.
        case balanceLow = "balance.low"
        case balanceNormal = "balance.normal"
        /// Somebody wants to know whether alerts arrive.
        case test = "test"
    }

    package var kind: Kind
    /// Which deployment, or the id of which user; empty for a test.
    package var subject: String
    /// In seconds since 1970.
    package var time: Int
    /// One sentence for people.
    package var message: String

    package init(_ kind: Kind, _ subject: String, time: Int, message: String) {
        self.kind = kind
        self.subject = subject
        self.time = time
        self.message = message
    }
}

/// When an operator wants to be woken; what is `nil` is not watched.
package struct AlertRules: Hashable, Sendable {
    /// For how many seconds a deployment is without a connector.
    package var offline: Int?
    /// How many calls of a hundred fail.
    package var errorPercent: Int?
    /// Over how many seconds calls are counted.
    package var errorWindow = 300
    /// Of how many calls in that time at least.
    package var errorCalls = 20
    /// Below what a balance is low.
    package var lowBalance: MicroCredits?

    package init() {}
}

/// How things stand at one moment.
package struct Observation: Hashable, Sendable {
    /// How many calls ended since the start, and how many of them badly.
    package struct Calls: Hashable, Sendable {
        package var all: Int
        package var failed: Int

        package init(all: Int, failed: Int) {
            self.all = all
            self.failed = failed
        }
    }

    /// Somebody who pays for calls.
    package struct Payer: Hashable, Sendable {
        /// What people call the user by.
        package var name: String
        /// With what is put aside for calls under way, so that a call which ends cheaper than it might have is no alert.
        package var balance: MicroCredits

        package init(name: String, balance: MicroCredits) {
            self.name = name
            self.balance = balance
        }
    }

    /// Those that are enabled, and whether a call would be taken.
    package var deployments: [String: Bool]
    /// By deployment.
    package var calls: [String: Calls]
    /// Users who have ever had a balance, by their ids.
    package var payers: [String: Payer]

    package init(deployments: [String: Bool] = [:], calls: [String: Calls] = [:], payers: [String: Payer] = [:]) {
        self.deployments = deployments
        self.calls = calls
        self.payers = payers
    }
}
