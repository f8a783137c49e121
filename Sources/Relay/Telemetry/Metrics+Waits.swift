import Gateway
import NIOCore
import Routing
import Vocabulary

/// What is told of calls that wait.
extension Metrics {
    func writeWaits(_ counts: Counts, to page: inout PrometheusPage) {
        let lines = self.registry.lines()
        page.family("adit_waiting_calls", .gauge, "Calls that wait now, by deployment and what for.")
        for (key, count) in counts.waiting.sorted(by: { $0.key < $1.key }) {
            page.sample([("deployment", key.deployment), ("for", key.reason.rawValue)], Double(count))
        }
        page.family("adit_waiting_longest_seconds", .gauge, "How long the first one has waited, but for limits.")
        for line in lines {
            page.sample([("deployment", line.deployment.rawValue)], Double(line.longest.nanoseconds) / 1e9)
        }
        page.family("adit_waits_total", .counter, "Calls that have waited, by deployment, what for and how it ended.")
        for (key, count) in counts.waits.sorted(by: { $0.key < $1.key }) {
            page.sample(
                [("deployment", key.deployment), ("for", key.reason.rawValue), ("outcome", key.outcome.rawValue)],
                Double(count)
            )
        }
        let waited = WaitReason.allCases.map { reason in
            (labels: [("for", reason.rawValue)], histogram: counts.waited[reason] ?? Histogram())
        }
        page.histograms("adit_wait_seconds", "How long calls have waited, whatever became of them.", waited)
    }
}

extension Metrics {
    /// What calls that wait now are counted by.
    struct WaitKey: Hashable, Comparable {
        var deployment: String
        var reason: WaitReason

        static func < (left: Self, right: Self) -> Bool {
            (left.deployment, left.reason.rawValue) < (right.deployment, right.reason.rawValue)
        }
    }
}

extension CallWait {
    /// What waits are counted by.
    struct Key: Hashable, Comparable {
        var deployment: String
        var reason: WaitReason
        var outcome: WaitOutcome

        static func < (left: Self, right: Self) -> Bool {
            (left.deployment, left.reason.rawValue, left.outcome.rawValue)
                < (right.deployment, right.reason.rawValue, right.outcome.rawValue)
        }
    }

    var key: Key { Key(deployment: self.deployment.rawValue, reason: self.reason, outcome: self.outcome) }
}
