package import Gateway
import Ingress
package import NIOCore
package import Routing
import Synchronization
package import Vocabulary

/// Counts calls and shows the counts in Prometheus' text format.
///
/// Labels are deployments that exist, endpoints and outcomes: never anything that a stranger can make up.
package final class Metrics: CallObserver, SitePages {
    struct Tokens {
        var input = 0
        var cachedInput = 0
        var output = 0

        mutating func add(_ usage: Usage) {
            self.input += usage.input
            self.cachedInput += usage.cachedInput
            self.output += usage.output
        }
    }

    /// What is counted of one deployment's calls.
    struct DeploymentCounts {
        /// By endpoint and outcome: a handful, which is found faster by looking than by hashing two texts.
        var calls: [(endpoint: String, outcome: String, count: Int)] = []
        /// Those that say how it does, and those of them that went badly.
        var ended = (all: 0, failed: 0)
        /// `nil` until its servers have reported some.
        var tokens: Tokens?

        mutating func count(_ endpoint: String, _ outcome: String) {
            if let index = self.calls.firstIndex(where: { $0.endpoint == endpoint && $0.outcome == outcome }) {
                self.calls[index].count += 1
            } else {
                self.calls.append((endpoint, outcome, 1))
            }
        }
    }

    struct Counts {
        /// By name; calls to none have an empty one.
        var deployments: [String: DeploymentCounts] = [:]
        var waiting: [WaitKey: Int] = [:]
        var waits: [CallWait.Key: Int] = [:]
        var waited: [WaitReason: Histogram] = [:]
        var firstByte = Histogram()
        var duration = Histogram()
        var resumed = 0
        var lost = 0
        var bytesIn = 0
        var bytesOut = 0
    }

    private let counts = Mutex(Counts())
    let registry: Registry
    private let deployments: @Sendable () -> [DeploymentName: Bool]
    private let next: (any CallObserver)?

    /// - Parameters:
    ///   - deployments: those that exist, and whether they are enabled.
    ///   - next: somebody else who hears of every call too.
    package init(
        registry: Registry,
        deployments: @escaping @Sendable () -> [DeploymentName: Bool],
        next: (any CallObserver)?
    ) {
        self.registry = registry
        self.deployments = deployments
        self.next = next
    }

    package func callResumed() {
        self.counts.withLock { $0.resumed += 1 }
        self.next?.callResumed()
    }

    package func callLost() {
        self.counts.withLock { $0.lost += 1 }
        self.next?.callLost()
    }

    package func callEnded(_ record: CallRecord) {
        let tellsOfServers = record.deployment != nil && record.tellsOfServers
        self.counts.withLock { counts in
            counts.deployments[record.deployment ?? "", default: DeploymentCounts()].add(record, tellsOfServers)
            counts.bytesIn += record.bytesIn
            counts.bytesOut += record.bytesOut
            if tellsOfServers { counts.duration.add(record.duration) }
            if let firstByte = record.timeToFirstByte { counts.firstByte.add(firstByte) }
        }
        self.next?.callEnded(record)
    }

    package func callWaits(_ deployment: DeploymentName, for reason: WaitReason) {
        let key = WaitKey(deployment: deployment.rawValue, reason: reason)
        self.counts.withLock { $0.waiting[key, default: 0] += 1 }
        self.next?.callWaits(deployment, for: reason)
    }

    package func callWaited(_ wait: CallWait) {
        let waiting = WaitKey(deployment: wait.deployment.rawValue, reason: wait.reason)
        self.counts.withLock { counts in
            counts.waiting[waiting, default: 1] -= 1
            counts.waits[wait.key, default: 0] += 1
            counts.waited[wait.reason, default: Histogram()].add(wait.duration)
        }
        self.next?.callWaited(wait)
    }

    /// How many calls to each deployment ended since the start, and how many of them badly: for a cause with a status of 500 or
    /// more, inside a stream too. Those that the relay itself refused or answered are not among them.
    package func endedCalls() -> [String: (all: Int, failed: Int)] {
        self.counts.withLock { $0.deployments.mapValues(\.ended).filter { $0.value.all > 0 } }
    }

    package func metrics() -> ByteBuffer {
        let counts = self.counts.withLock { $0 }
        let tunnels = self.registry.tunnels()
        var page = PrometheusPage()
        page.family("adit_calls_total", .counter, "Calls that ended, by deployment, endpoint and outcome.")
        let deployments = counts.deployments.sorted { $0.key < $1.key }
        for (deployment, its) in deployments {
            for call in its.calls.sorted(by: { ($0.endpoint, $0.outcome) < ($1.endpoint, $1.outcome) }) {
                page.sample(
                    [("deployment", deployment), ("endpoint", call.endpoint), ("outcome", call.outcome)],
                    Double(call.count)
                )
            }
        }
        page.family("adit_tokens_total", .counter, "Tokens that upstreams reported, by deployment and kind.")
        for (deployment, its) in deployments {
            guard let tokens = its.tokens else { continue }
            page.sample([("deployment", deployment), ("kind", "input")], Double(tokens.input))
            page.sample([("deployment", deployment), ("kind", "cached_input")], Double(tokens.cachedInput))
            page.sample([("deployment", deployment), ("kind", "output")], Double(tokens.output))
        }
        page.histogram(
            "adit_time_to_first_byte_seconds",
            "From a request's last byte to its answer's first.",
            counts.firstByte
        )
        page.histogram("adit_call_duration_seconds", "From a request's head to the end of its answer.", counts.duration)
        page.family("adit_open_calls", .gauge, "Calls that are with an upstream now.")
        page.sample([], Double(self.registry.unfinishedCalls))
        self.writeWaits(counts, to: &page)
        page.family("adit_resumed_calls_total", .counter, "How often a call went on in another tunnel than its own.")
        page.sample([], Double(counts.resumed))
        page.family("adit_lost_calls_total", .counter, "Calls that ended because their tunnel had died.")
        page.sample([], Double(counts.lost))
        page.family("adit_request_bytes_total", .counter, "Bytes of the bodies of calls.")
        page.sample([], Double(counts.bytesIn))
        page.family("adit_answer_bytes_total", .counter, "Bytes of the answers of calls.")
        page.sample([], Double(counts.bytesOut))
        page.family("adit_tunnels", .gauge, "Tunnels that are up now.")
        page.sample([], Double(tunnels.count))
        let known = self.deployments()
        self.writeOnline(known, tunnels, to: &page)
        self.writeCapacities(of: known.keys.sorted(), to: &page)
        return page.bytes
    }
}

extension Metrics.DeploymentCounts {
    fileprivate mutating func add(_ record: CallRecord, _ tellsOfServers: Bool) {
        self.count(record.endpoint, record.outcome.label)
        if tellsOfServers {
            self.ended.all += 1
            if record.isFailure { self.ended.failed += 1 }
        }
        if let usage = record.usage {
            var tokens = self.tokens ?? Metrics.Tokens()
            tokens.add(usage)
            self.tokens = tokens
        }
    }
}

extension CallRecord {
    /// Whether it says how a deployment does, and how long its calls take. What no server was asked for says nothing of that, unless
    /// that is what went wrong.
    fileprivate var tellsOfServers: Bool { !self.isUnserved || self.isFailure }

    /// Whether it ended badly through no fault of the caller.
    ///
    /// The cause tells, and not the status: that of a stream was sent when it began, which may have been before any server was asked.
    fileprivate var isFailure: Bool {
        guard case .failed(let code) = self.outcome else { return false }
        return code.status >= 500
    }
}
