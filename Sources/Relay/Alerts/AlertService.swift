private import FoundationEssentials
package import Logging
internal import ServiceLifecycle
private import Synchronization

/// Watches, and tells the operator's address what is to be told.
package struct AlertService: Service {
    private let watch: AlertWatch
    private let observe: @Sendable () async -> Observation
    private let sender: any MessageSender
    private let signature: WebhookSignature?
    private let counts: AlertCounts
    private let relay: String
    private let now: @Sendable () -> Int
    private let makeID: @Sendable () -> String
    private let pause: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - observe: tells how things stand.
    ///   - signature: `nil` sends messages unsigned.
    ///   - relay: which relay it is, for people who have several.
    ///   - now: in seconds since 1970.
    ///   - makeID: an id that no other message has.
    ///   - pause: between two looks.
    package init(
        rules: AlertRules,
        observe: @escaping @Sendable () async -> Observation,
        sender: any MessageSender,
        signature: WebhookSignature?,
        counts: AlertCounts,
        relay: String,
        now: @escaping @Sendable () -> Int,
        makeID: @escaping @Sendable () -> String,
        pause: Duration = .seconds(1),
        logger: Logger
    ) {
        self.watch = AlertWatch(rules)
        self.observe = observe
        self.sender = sender
        self.signature = signature
        self.counts = counts
        self.relay = relay
        self.now = now
        self.makeID = makeID
        self.pause = pause
        self.logger = logger
    }

    package func run() async throws {
        // Ends by its own cancellation, which is no failure.
        try? await cancelWhenGracefulShutdown { try await self.go() }
    }

    private func go() async throws {
        var watch = self.watch
        var queue = DeliveryQueue()
        while true {
            for event in watch.observe(await self.observe(), now: self.now()) {
                self.logger.warning(
                    "alert",
                    metadata: ["kind": "\(event.kind.rawValue)", "subject": "\(event.subject)"]
                )
                if queue.add(event, id: self.makeID(), now: self.now()) != nil { self.counts.note(.dropped) }
            }
            if let message = queue.next(now: self.now()) { await self.deliver(message, &queue) }
            self.counts.waiting(queue.count)
            try await Task.sleep(for: self.pause)
        }
    }

    private func deliver(_ message: DeliveryQueue.Message, _ queue: inout DeliveryQueue) async {
        do {
            let body = try self.body(of: message)
            let headers = self.signature?.headers(id: message.id, time: self.now(), body: body)
            try await self.sender.send(body, headers: headers ?? [("webhook-id", message.id)])
            queue.arrived(message.id)
            self.counts.note(.sent)
        } catch {
            let isLast = queue.failed(message.id, now: self.now(), chance: Double.random(in: 0...1))
            self.counts.note(isLast ? .dropped : .failed)
            self.logger.warning(
                isLast ? "an alert is given up" : "an alert did not arrive, and is tried again",
                metadata: ["kind": "\(message.event.kind.rawValue)", "error": "\(error)"]
            )
        }
    }

    /// What a receiver reads; the shape of «Standard Webhooks».
    private struct Body: Encodable {
        struct Facts: Encodable {
            var subject: String
            var message: String
            var relay: String
        }

        var type: String
        var timestamp: Date
        var data: Facts
    }

    private func body(of message: DeliveryQueue.Message) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let event = message.event
        let body = Body(
            type: event.kind.rawValue,
            timestamp: Date(timeIntervalSince1970: Double(event.time)),
            data: .init(subject: event.subject, message: event.message, relay: self.relay)
        )
        return Array(try encoder.encode(body))
    }
}

/// What became of alerts, for the metrics.
package final class AlertCounts: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        case sent
        /// An attempt failed, and there will be another.
        case failed
        /// Given up after the last attempt, or for want of room.
        case dropped
    }

    private let state = Mutex<(outcomes: [Outcome: Int], waiting: Int)>(([:], 0))

    package init() {}

    func note(_ outcome: Outcome) { self.state.withLock { $0.outcomes[outcome, default: 0] += 1 } }

    func waiting(_ count: Int) { self.state.withLock { $0.waiting = count } }

    /// How often each came out, and how many have not arrived yet.
    package var snapshot: (outcomes: [Outcome: Int], waiting: Int) { self.state.withLock { $0 } }
}
