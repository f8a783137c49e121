private import Vocabulary

/// Decides what is to be told of: each thing once when it begins and once when it is over. A value; time is handed in.
package struct AlertWatch: Sendable {
    private let rules: AlertRules
    /// Since when each deployment is offline.
    private var offlineSince: [String: Int] = [:]
    private var offline: Set<String> = []
    private var failing: Set<String> = []
    private var poor: Set<String> = []
    /// Counts of calls in the window, oldest first, with one from before it.
    private var samples: [(time: Int, calls: [String: Observation.Calls])] = []

    package init(_ rules: AlertRules) {
        self.rules = rules
    }

    /// Looks at how things stand.
    /// - Parameter now: in seconds since 1970; never less than before.
    package mutating func observe(_ observation: Observation, now: Int) -> [AlertEvent] {
        var events = self.deployments(observation.deployments, now)
        events += self.errors(observation.calls, now)
        events += self.balances(observation.payers, now)
        return events
    }

    private mutating func deployments(_ online: [String: Bool], _ now: Int) -> [AlertEvent] {
        guard let patience = self.rules.offline else { return [] }
        var events: [AlertEvent] = []
        for (name, isOnline) in online.sorted(by: { $0.key < $1.key }) {
            if isOnline {
                self.offlineSince[name] = nil
                if self.offline.remove(name) != nil {
                    events.append(.init(.deploymentOnline, name, time: now, message: "«\(name)» is online again."))
                }
                continue
            }
            let since = self.offlineSince[name] ?? now
            self.offlineSince[name] = since
            if now - since >= patience, self.offline.insert(name).inserted {
                let message = "No connector has served «\(name)» for \(now - since) seconds."
                events.append(.init(.deploymentOffline, name, time: now, message: message))
            }
        }
        // What was deleted or disabled is nobody's trouble any more.
        self.offlineSince = self.offlineSince.filter { online[$0.key] != nil }
        self.offline = self.offline.filter { online[$0] != nil }
        return events
    }

    private mutating func errors(_ calls: [String: Observation.Calls], _ now: Int) -> [AlertEvent] {
        guard let percent = self.rules.errorPercent else { return [] }
        self.samples.append((now, calls))
        while self.samples.count > 2, self.samples[1].time <= now - self.rules.errorWindow {
            self.samples.removeFirst()
        }
        guard let first = self.samples.first else { return [] }
        var events: [AlertEvent] = []
        for (name, last) in calls.sorted(by: { $0.key < $1.key }) {
            let before = first.calls[name] ?? .init(all: 0, failed: 0)
            let (all, failed) = (last.all - before.all, last.failed - before.failed)
            let isHigh = all >= self.rules.errorCalls && failed * 100 >= percent * all
            if isHigh, self.failing.insert(name).inserted {
                let message = "\(failed) of the last \(all) calls to «\(name)» failed."
                events.append(.init(.errorsHigh, name, time: now, message: message))
            } else if !isHigh, self.failing.remove(name) != nil {
                let message = "Calls to «\(name)» fail no more than they may."
                events.append(.init(.errorsNormal, name, time: now, message: message))
            }
        }
        return events
    }

    private mutating func balances(_ payers: [String: Observation.Payer], _ now: Int) -> [AlertEvent] {
        guard let least = self.rules.lowBalance else { return [] }
        var events: [AlertEvent] = []
        for (user, payer) in payers where (payer.balance < least) != self.poor.contains(user) {
            let left = "The user «\(payer.name)» has \(payer.balance) credits left"
            if self.poor.remove(user) == nil {
                self.poor.insert(user)
                events.append(.init(.balanceLow, user, time: now, message: left + ", fewer than \(least)."))
            } else {
                events.append(.init(.balanceNormal, user, time: now, message: left + " again."))
            }
        }
        // Who was deleted or disabled is nobody's trouble any more.
        self.poor = self.poor.filter { payers[$0] != nil }
        return events.sorted { $0.subject < $1.subject }
    }
}
