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
    struct Key: Hashable {
        var deployment: String
        var endpoint: String
        var outcome: String
    }

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

    struct Counts {
        var calls: [Key: Int] = [:]
        /// By deployment, those that say how it does, and those of them that went badly.
        var ended: [String: (all: Int, failed: Int)] = [:]
        var tokens: [String: Tokens] = [:]
        var waiting: [WaitKey: Int] = [:]
        var waits: [CallWait.Key: Int] = [:]
        var waited: [WaitReason: Histogram] = [:]
        var firstByte = Histogram()
        var duration = Histogram()
        var openCalls = 0
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

    package func callOpened() {
        self.counts.withLock { $0.openCalls += 1 }
        self.next?.callOpened()
    }

    package func callClosed() {
        self.counts.withLock { $0.openCalls -= 1 }
        self.next?.callClosed()
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
        let key = Key(
            deployment: record.deployment ?? "",
            endpoint: record.endpoint,
            outcome: record.outcome.label
        )
        self.counts.withLock { counts in
            counts.calls[key, default: 0] += 1
            counts.bytesIn += record.bytesIn
            counts.bytesOut += record.bytesOut
            if let deployment = record.deployment, record.tellsOfServers {
                counts.ended[deployment, default: (0, 0)].all += 1
                if record.isFailure { counts.ended[deployment, default: (0, 0)].failed += 1 }
                counts.duration.add(record.duration)
            }
            if let firstByte = record.timeToFirstByte { counts.firstByte.add(firstByte) }
            if let usage = record.usage {
                counts.tokens[key.deployment, default: Tokens()].add(usage)
            }
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

    /// How many calls to each deployment ended since the start, and how many of them badly: with a status of 500 or more, or
    /// broken in the middle of a stream. Those that the relay itself refused or answered are not among them.
    package func endedCalls() -> [String: (all: Int, failed: Int)] {
        self.counts.withLock { $0.ended }
    }

    package func metrics() -> ByteBuffer {
        let counts = self.counts.withLock { $0 }
        let tunnels = self.registry.tunnels()
        var page = PrometheusPage()
        page.family("adit_calls_total", .counter, "Calls that ended, by deployment, endpoint and outcome.")
        for (key, count) in counts.calls.sorted(by: { $0.key < $1.key }) {
            page.sample(
                [("deployment", key.deployment), ("endpoint", key.endpoint), ("outcome", key.outcome)],
                Double(count)
            )
        }
        page.family("adit_tokens_total", .counter, "Tokens that upstreams reported, by deployment and kind.")
        for (deployment, tokens) in counts.tokens.sorted(by: { $0.key < $1.key }) {
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
        page.sample([], Double(counts.openCalls))
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
        let deployments = self.deployments()
        self.writeOnline(deployments, tunnels, to: &page)
        self.writeCapacities(of: deployments.keys.sorted(), to: &page)
        return page.bytes
    }
}

extension Metrics.Key: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        (left.deployment, left.endpoint, left.outcome) < (right.deployment, right.endpoint, right.outcome)
    }
}

extension CallRecord {
    /// Whether it says how a deployment does, and how long its calls take. What no server was asked for says nothing of that, unless
    /// that is what went wrong.
    fileprivate var tellsOfServers: Bool { !self.isUnserved || self.isFailure }

    /// Whether it ended badly through no fault of the caller.
    fileprivate var isFailure: Bool {
        guard case .failed = self.outcome else { return self.status >= 500 }
        return self.status >= 500 || self.status < 400
    }
}
