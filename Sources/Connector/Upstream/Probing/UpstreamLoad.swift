import NIOCore
import Vocabulary

/// How busy a model server says it is.
package struct UpstreamLoad: Hashable, Sendable {
    /// Calls that it works on at once, when it says so or its queue has shown it.
    package var slots: Int?
    /// Calls that it has, at work and waiting, and that are not this connector's; `nil` when it does not say.
    package var foreign: Int?
    /// Of all its calls, those that wait for others.
    package var waiting: Int
    /// Models that it has in memory, when it says so.
    package var loaded: Set<String>?

    package init(slots: Int? = nil, foreign: Int? = nil, waiting: Int = 0, loaded: Set<String>? = nil) {
        self.slots = slots
        self.foreign = foreign
        self.waiting = waiting
        self.loaded = loaded
    }
}

/// How many calls a server works on at once that tells only how many run and how many wait: a value that learns.
///
/// ```
/// unknown ──calls wait, twice in a row──▶ as many as run ──that many run, and none waits──▶ half as many again
///                                            ▲                                                    │
///                                            └────────────────── calls wait, twice in a row ──────┘
/// ```
/// A new call is in a server's queue for a moment also when there is room for it; hence twice.
struct LearnedSlots: Hashable, Sendable {
    private(set) var slots: Int?
    private var hasWaited = false

    mutating func learn(_ counts: CallCounts) {
        defer { self.hasWaited = counts.waiting > 0 }
        if counts.waiting > 0 {
            if self.hasWaited { self.slots = max(1, counts.running) }
        } else if let slots, counts.running >= slots {
            self.slots = min(slots + max(1, slots / 2), 1_000_000)
        }
    }
}

/// What a server says of its calls, whoever's they are.
struct CallCounts: Hashable, Sendable {
    var slots: Int?
    var running: Int
    var waiting = 0

    /// What is left when one's own calls are taken away.
    func load(besides own: Int, learned: Int?) -> UpstreamLoad {
        UpstreamLoad(
            slots: self.slots ?? learned,
            foreign: max(0, self.running + self.waiting - own),
            waiting: self.waiting
        )
    }
}

extension Prober {
    /// Asks a server how busy it is, by the one page that its kind has for that; `nil` when it does not say.
    ///
    /// llama.cpp: `/slots`, and `/metrics` where it is on; vLLM and SGLang: `/metrics`. Ollama and LM Studio do not say.
    func counts(_ kind: UpstreamKind) async -> CallCounts? {
        switch kind {
        case .llamaCpp:
            let slots = await self.page("/slots")?.json?.array
            let metrics = await self.metrics("llamacpp:requests_processing", "llamacpp:requests_deferred")
            if let slots {
                let running = slots.count { $0["is_processing"]?.bool == true }
                return CallCounts(slots: slots.count, running: running, waiting: metrics?.waiting ?? 0)
            }
            return metrics
        case .vllm: return await self.metrics("vllm:num_requests_running", "vllm:num_requests_waiting")
        case .sglang: return await self.metrics("sglang:num_running_reqs", "sglang:num_queue_reqs")
        case .ollama, .lmStudio, .generic, .demo: return nil
        }
    }

    /// Asks Ollama which models it has in memory, by `/api/ps`; `nil` when it does not say.
    func loadedModels(_ kind: UpstreamKind) async -> Set<String>? {
        guard kind == .ollama, let list = await self.page("/api/ps")?.json?["models"]?.array else { return nil }
        return Set(list.flatMap { [$0["name"]?.string, $0["model"]?.string].compactMap { $0 } })
    }

    private func metrics(_ running: String, _ waiting: String) async -> CallCounts? {
        guard let page = await self.page("/metrics"), let count = PrometheusText.sum(of: running, in: page.body) else {
            return nil
        }
        return CallCounts(running: count, waiting: PrometheusText.sum(of: waiting, in: page.body) ?? 0)
    }

    private func page(_ path: String) async -> ProbeAnswer? {
        guard let answer = try? await self.client?.ask(.get, path, body: nil), answer.status == 200 else { return nil }
        return answer
    }
}

/// Reads numbers from Prometheus' text exposition format, version 0.0.4.
enum PrometheusText {
    /// More than any server counts.
    private static let largest = 1_000_000.0

    /// The sum of all samples of a name, whatever their labels, within 0 and a million; `nil` when there is none.
    static func sum(of name: String, in page: ByteBuffer) -> Int? {
        let name = Array(name.utf8)
        var sum: Double?
        for line in page.readableBytesView.split(separator: UInt8(ascii: "\n")) where line.starts(with: name) {
            var rest = line.dropFirst(name.count)
            if rest.first == UInt8(ascii: "{") {
                // A label's value may hold a bracket: the last one ends them.
                guard let end = rest.lastIndex(of: UInt8(ascii: "}")) else { continue }
                rest = rest[rest.index(after: end)...]
            }
            guard rest.first == UInt8(ascii: " "), let value = rest.split(separator: UInt8(ascii: " ")).first,
                let number = Double(String(decoding: value, as: UTF8.self)), number.isFinite
            else { continue }
            sum = (sum ?? 0) + number
        }
        return sum.map { Int(min(max($0.rounded(), 0), Self.largest)) }
    }
}
