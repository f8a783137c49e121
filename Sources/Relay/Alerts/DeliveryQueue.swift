/// Messages on their way, each tried until it arrives or has been tried too often. A value; time and chance are handed in.
package struct DeliveryQueue: Sendable {
    /// A message, as it is sent each time.
    package struct Message: Hashable, Sendable {
        package var id: String
        package var event: AlertEvent
        package var attempts = 0
        /// When it is due, in seconds since 1970.
        package var due: Int
    }

    /// What begins with one message and is over with another.
    private struct Trouble: Hashable {
        /// `deployment` of `deployment.offline` and `deployment.online`.
        let family: Substring
        let subject: String

        init(_ event: AlertEvent) {
            self.family = event.kind.rawValue.prefix { $0 != "." }
            self.subject = event.subject
        }
    }

    /// How many wait at once; one more makes the oldest give way.
    static let most = 1_000
    /// How often a message is tried: over about eight hours.
    static let mostAttempts = 12
    /// Between the first two attempts, in seconds; each further wait is twice as long, up to the longest.
    static let firstWait = 5
    static let longestWait = 7_200

    private var messages: [Message] = []

    package init() {}

    package var count: Int { self.messages.count }

    /// Adds a message, which is due at once.
    /// - Returns: what gave way for it.
    package mutating func add(_ event: AlertEvent, id: String, now: Int) -> Message? {
        let dropped = self.messages.count >= Self.most ? self.messages.removeFirst() : nil
        self.messages.append(Message(id: id, event: event, due: now))
        return dropped
    }

    /// The message that is due first, if one is. What is told of one trouble is told in its order, so that the last a receiver
    /// hears of it is how it stands: a message waits as long as an older one of the same trouble does.
    package func next(now: Int) -> Message? {
        var waiting: Set<Trouble> = []
        return self.messages.filter { waiting.insert(Trouble($0.event)).inserted && $0.due <= now }
            .min { $0.due < $1.due }
    }

    package mutating func arrived(_ id: String) {
        self.messages.removeAll { $0.id == id }
    }

    /// A message did not arrive; it is due again after a while.
    /// - Parameter chance: 0 to 1, which spreads attempts of many relays.
    /// - Returns: whether it was the last attempt.
    package mutating func failed(_ id: String, now: Int, chance: Double) -> Bool {
        guard let index = self.messages.firstIndex(where: { $0.id == id }) else { return false }
        self.messages[index].attempts += 1
        guard self.messages[index].attempts < Self.mostAttempts else {
            self.messages.remove(at: index)
            return true
        }
        let wait = min(Self.longestWait, Self.firstWait << (self.messages[index].attempts - 1))
        self.messages[index].due = now + wait + Int(Double(wait) * chance / 4)
        return false
    }
}
