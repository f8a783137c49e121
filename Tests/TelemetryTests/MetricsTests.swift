import Gateway
import NIOCore
import Routing
import Synchronization
import Telemetry
import Testing
import Vocabulary

@Suite("The metrics page")
struct MetricsTests {
    private let metrics = Metrics(registry: Registry(relay: "r"), deployments: { [:] }, next: nil)

    private var page: String { String(buffer: self.metrics.metrics()) }

    /// The samples of the page: what stands before the value, and the value.
    private var samples: [String: String] {
        var samples: [String: String] = [:]
        for line in self.page.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<space])] = String(line[line.index(after: space)...])
        }
        return samples
    }

    private func calls(_ deployment: String, _ outcome: String, endpoint: String = "chat.completions") -> String? {
        self.samples[
            "adit_calls_total{deployment=\"\(deployment)\",endpoint=\"\(endpoint)\",outcome=\"\(outcome)\"}"
        ]
    }

    @Test("an idle relay shows every family, each once")
    func idle() {
        let families = self.page.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
            .map { $0.dropFirst(7) }
        #expect(
            families == [
                "adit_calls_total counter", "adit_tokens_total counter", "adit_time_to_first_byte_seconds histogram",
                "adit_call_duration_seconds histogram", "adit_open_calls gauge", "adit_waiting_calls gauge",
                "adit_waiting_longest_seconds gauge",
                "adit_waits_total counter", "adit_wait_seconds histogram", "adit_resumed_calls_total counter",
                "adit_lost_calls_total counter", "adit_request_bytes_total counter",
                "adit_answer_bytes_total counter", "adit_tunnels gauge", "adit_deployment_online gauge",
                "adit_deployment_enabled gauge", "adit_deployment_connectors gauge",
                "adit_deployment_slots gauge", "adit_deployment_busy gauge", "adit_deployment_queued gauge",
                "adit_ejections_total counter",
            ]
        )
        #expect(self.samples["adit_open_calls"] == "0")
        #expect(self.samples["adit_tunnels"] == "0")
        #expect(self.samples["adit_request_bytes_total"] == "0")
        #expect(self.samples["adit_call_duration_seconds_count"] == "0")
        #expect(self.samples["adit_call_duration_seconds_bucket{le=\"+Inf\"}"] == "0")
        #expect(!self.samples.keys.contains { $0.hasPrefix("adit_calls_total") })
    }

    @Test("every line is well formed, every sample stands once under its own family")
    func format() throws {
        self.metrics.callEnded(.sample(deployment: "a\"b\\c\nd", usage: Usage(input: 1, output: 2)))
        self.metrics.callEnded(.sample(endpoint: "embeddings", deployment: nil, outcome: .failed(.invalidKey)))
        let sample = try Regex(
            #"[a-z_]+(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? [-+.e0-9]+"#
        )
        var family = ""
        var seen: Set<Substring> = []
        let page = self.page
        #expect(page.hasSuffix("\n"))
        for line in page.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# HELP ") {
                family = String(line.split(separator: " ")[2])
            } else if line.hasPrefix("# TYPE ") {
                #expect(line.split(separator: " ")[2] == family)
            } else {
                #expect(try sample.wholeMatch(in: line) != nil, "\(line)")
                #expect(line.hasPrefix(family), "\(line)")
                #expect(seen.insert(line.prefix { $0 != " " }).inserted, "\(line)")
            }
        }
    }

    @Test("calls are counted by deployment, endpoint and outcome")
    func calls() {
        for _ in 0..<3 { self.metrics.callEnded(.sample()) }
        self.metrics.callEnded(.sample(outcome: .clientGone))
        self.metrics.callEnded(.sample(outcome: .failed(.upstreamTimeout)))
        self.metrics.callEnded(.sample(deployment: "other"))
        self.metrics.callEnded(.sample(endpoint: "embeddings"))
        self.metrics.callEnded(.sample(deployment: nil, outcome: .failed(.invalidKey)))
        #expect(self.calls("gemma", "completed") == "3")
        #expect(self.calls("gemma", "client_gone") == "1")
        #expect(self.calls("gemma", "upstreamTimeout") == "1")
        #expect(self.calls("other", "completed") == "1")
        #expect(self.calls("gemma", "completed", endpoint: "embeddings") == "1")
        #expect(self.calls("", "invalidKey") == "1")
        #expect(self.samples.keys.count { $0.hasPrefix("adit_calls_total") } == 6)
    }

    @Test("no number of tokens is too large to be added")
    func hugeSums() {
        for _ in 0..<2 { self.metrics.callEnded(.sample(usage: Usage(input: .max, cachedInput: .max, output: .max))) }
        #expect(self.samples["adit_tokens_total{deployment=\"gemma\",kind=\"input\"}"] == "\(2 * Usage.most)")
    }

    @Test("tokens and bytes add up")
    func sums() {
        self.metrics.callEnded(.sample(usage: Usage(input: 10, cachedInput: 4, output: 5), bytesIn: 1, bytesOut: 2))
        self.metrics.callEnded(.sample(usage: Usage(input: 1, output: 2, reasoning: 1), bytesIn: 30, bytesOut: 40))
        self.metrics.callEnded(.sample(deployment: "other", usage: Usage(input: 7, output: 7)))
        self.metrics.callEnded(.sample(deployment: "none"))
        let expected = [
            ("gemma", "input", "11"), ("gemma", "cached_input", "4"), ("gemma", "output", "7"), ("other", "input", "7"),
            ("other", "cached_input", "0"), ("other", "output", "7"),
        ]
        for (deployment, kind, count) in expected {
            let name = "adit_tokens_total{deployment=\"\(deployment)\",kind=\"\(kind)\"}"
            #expect(self.samples[name] == count, "\(name)")
        }
        #expect(self.samples.keys.count { $0.hasPrefix("adit_tokens_total") } == expected.count)
        #expect(self.samples["adit_request_bytes_total"] == "231")
        #expect(self.samples["adit_answer_bytes_total"] == "4042")
    }

    @Test("times go into their histograms, the first byte's only when there was one")
    func times() {
        self.metrics.callEnded(.sample(timeToFirstByte: .milliseconds(20), duration: .seconds(2)))
        self.metrics.callEnded(.sample(timeToFirstByte: nil, duration: .milliseconds(500)))
        #expect(self.samples["adit_time_to_first_byte_seconds_count"] == "1")
        #expect(self.samples["adit_time_to_first_byte_seconds_sum"] == "0.02")
        #expect(self.samples["adit_time_to_first_byte_seconds_bucket{le=\"0.01\"}"] == "0")
        #expect(self.samples["adit_time_to_first_byte_seconds_bucket{le=\"0.05\"}"] == "1")
        #expect(self.samples["adit_call_duration_seconds_count"] == "2")
        #expect(self.samples["adit_call_duration_seconds_sum"] == "2.5")
        #expect(self.samples["adit_call_duration_seconds_bucket{le=\"0.5\"}"] == "1")
        #expect(self.samples["adit_call_duration_seconds_bucket{le=\"2.5\"}"] == "2")
    }

    @Test("nothing of a key, a call's id or a status is a label")
    func labels() {
        self.metrics.callEnded(.sample(key: "sk-secret", status: 418))
        #expect(!self.page.contains("sk-secret"))
        #expect(!self.page.contains("req_"))
        #expect(!self.page.contains("418"))
    }

    @Test("the next observer hears of every call")
    func next() {
        let counter = Counter()
        let metrics = Metrics(registry: Registry(relay: "r"), deployments: { [:] }, next: counter)
        metrics.callEnded(.sample(status: 201))
        metrics.callResumed()
        metrics.callLost()
        let name = DeploymentName("gemma")
        if let name {
            metrics.callWaits(name, for: .slot)
            metrics.callWaited(CallWait(deployment: name, reason: .slot, outcome: .served, duration: .seconds(1)))
        }
        let all = ["ended 201", "resumed", "lost", "waits", "waited"]
        #expect(counter.events == all)
    }

    @Test("what was refused before anybody knew for what says nothing of how long calls take")
    func refused() {
        self.metrics.callEnded(.sample(deployment: nil, outcome: .failed(.invalidRequest), status: 400))
        #expect(self.samples["adit_call_duration_seconds_count"] == "0")
        #expect(self.calls("", "invalidRequest") == "1")
    }

    @Test("what the relay refused or answered itself says nothing of how a deployment does")
    func unserved() throws {
        for _ in 0..<30 { self.metrics.callEnded(.sample(outcome: .failed(.upstreamFailed), status: 502)) }
        for _ in 0..<1_000 {
            self.metrics.callEnded(.sample(outcome: .failed(.rateLimited), status: 429, isUnserved: true))
        }
        self.metrics.callEnded(.sample(outcome: .clientGone, status: 499, isUnserved: true))
        self.metrics.callEnded(.sample(endpoint: "messages.count_tokens", isUnserved: true))
        var ended = try #require(self.metrics.endedCalls()["gemma"])
        #expect(ended == (30, 30))
        #expect(self.samples["adit_call_duration_seconds_count"] == "30")
        #expect(self.calls("gemma", "rateLimited") == "1000")
        // Nobody was there: that is how it does.
        self.metrics.callEnded(.sample(outcome: .failed(.connectorOffline), status: 503, isUnserved: true))
        self.metrics.callEnded(.sample())
        ended = try #require(self.metrics.endedCalls()["gemma"])
        #expect(ended == (32, 31))
    }

    @Test("behind a wait a stream has begun: what ends it is judged by its cause, not by the status that was sent")
    func announced() throws {
        let end = { (code: GatewayError.Code, isUnserved: Bool) in
            self.metrics.callEnded(.sample(outcome: .failed(code), status: 200, isUnserved: isUnserved))
        }
        for code in [GatewayError.Code.upstreamBusy, .invalidKey, .rateLimited, .invalidRequest] { end(code, true) }
        #expect(self.metrics.endedCalls()["gemma"] == nil)
        #expect(self.samples["adit_call_duration_seconds_count"] == "0")
        #expect(self.calls("gemma", "upstreamBusy") == "1")
        end(.connectorOffline, true)
        var ended = try #require(self.metrics.endedCalls()["gemma"])
        #expect(ended == (1, 1))
        for code in [GatewayError.Code.upstreamFailed, .upstreamTimeout, .invalidRequest, .upstreamBusy] {
            end(code, false)
        }
        self.metrics.callEnded(.sample(outcome: .refusedByUpstream))
        ended = try #require(self.metrics.endedCalls()["gemma"])
        #expect(ended == (6, 3))
        #expect(self.samples["adit_call_duration_seconds_count"] == "6")
    }

    @Test("calls that end at the same time on many threads are all counted")
    func threads() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        self.metrics.callEnded(.sample(usage: Usage(input: 1, output: 1), bytesIn: 1))
                    }
                }
            }
        }
        #expect(self.calls("gemma", "completed") == "4000")
        #expect(self.samples["adit_request_bytes_total"] == "4000")
        #expect(self.samples["adit_call_duration_seconds_count"] == "4000")
    }
}

/// Remembers what it hears.
private final class Counter: CallObserver {
    private let state = Mutex<[String]>([])

    var events: [String] { self.state.withLock { $0 } }

    func callResumed() { self.state.withLock { $0.append("resumed") } }
    func callLost() { self.state.withLock { $0.append("lost") } }
    func callEnded(_ record: CallRecord) { self.state.withLock { $0.append("ended \(record.status)") } }
    func callWaits(_ deployment: DeploymentName, for reason: WaitReason) { self.state.withLock { $0.append("waits") } }
    func callWaited(_ wait: CallWait) { self.state.withLock { $0.append("waited") } }
}
