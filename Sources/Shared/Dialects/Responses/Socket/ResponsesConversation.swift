package import NIOCore
import Vocabulary

/// The turns of one WebSocket as a pure value: messages and endings in, what to start and to say out.
///
/// ```
/// create ─▶ waiting ──its lane is free, fewer than 16 run──▶ running ──▶ ended
/// ```
/// Turns of one lane follow each other in the order in which they were asked for; lanes run side by side. An error ends a turn
/// and never the connection, which ends by its age or with the relay, once its running turns have ended.
package struct ResponsesConversation: Sendable {
    package struct Limits: Sendable {
        /// Turns that run at the same time.
        package var running = 16
        /// Named lanes that have a turn, running or waiting.
        package var lanes = 32
        package var waiting = 256
        /// The messages of all waiting turns together, in bytes.
        package var waitingBytes = 64 << 20

        package init() {}
    }

    /// One `response.create`.
    package struct Turn: Hashable, Sendable {
        /// Its place among the turns of the connection.
        package var number: Int
        /// The request, for ``ResponsesRequest``.
        package var body: JSONValue
        /// False for a warm-up.
        package var generates: Bool
        /// Its `stream_id`; `nil` is the lane without a name.
        package var lane: String?
        /// The message that asked for it.
        package var text: ByteBuffer
    }

    /// Why a connection ends.
    package enum Ending: Hashable, Sendable {
        /// It is as old as one may be.
        case age(minutes: Int)
        /// The relay stops.
        case stopping
    }

    /// What to do, in this order.
    package enum Step: Hashable, Sendable {
        /// Begin a turn; its end is told with ``ResponsesConversation/ended(_:)``.
        case start(Turn)
        /// Send a message.
        case send(ByteBuffer)
        /// Nothing more is to be said: close the connection.
        case close
    }

    private let limits: Limits
    /// The lanes of the turns that run, by the turns' numbers.
    private var running: [Int: String?] = [:]
    private var waiting: [Turn] = []
    private var turns = 0
    private var ending: Ending?
    private var isOver = false

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// The messages of all waiting turns together, in bytes.
    package var waitingBytes: Int { self.waiting.reduce(0) { $0 + $1.text.readableBytes } }

    /// A message that has been read.
    package enum Message: Hashable, Sendable {
        case said(ResponsesClientMessage)
        /// It cannot be understood, and this is the answer.
        case refused(ByteBuffer)

        /// Reads a message, which takes long when it is.
        package init(_ text: ByteBuffer) {
            do throws(GatewayError) {
                self = .said(try ResponsesClientMessage(reading: text))
            } catch {
                self = .refused(Responses.errorMessage(error, lane: ResponsesClientMessage.lane(in: text)))
            }
        }
    }

    /// The client said something.
    /// - Parameter message: what the text says.
    package mutating func receive(_ text: ByteBuffer, as message: Message) -> [Step] {
        guard !self.isOver else { return [] }
        switch message {
        case .said(.create(let body, let generates, let lane)):
            self.turns += 1
            return self.take(Turn(number: self.turns, body: body, generates: generates, lane: lane, text: text))
        case .said(.steer(let previousResponseID, let lane)):
            return [.send(Responses.steerFailed(previousResponseID, lane: lane))]
        case .refused(let answer):
            return [.send(answer)]
        }
    }

    package mutating func receive(_ text: ByteBuffer) -> [Step] { self.receive(text, as: Message(text)) }

    /// A turn has had its last message.
    package mutating func ended(_ number: Int) -> [Step] {
        guard self.running.removeValue(forKey: number) != nil else { return [] }
        return self.next()
    }

    /// The connection is to end: what runs may finish, nothing else begins.
    package mutating func end(_ ending: Ending) -> [Step] {
        guard self.ending == nil else { return [] }
        self.ending = ending
        let refused = self.waiting.map { Step.send(Self.refusal(ending, lane: $0.lane)) }
        self.waiting = []
        return refused + self.next()
    }

    private mutating func take(_ turn: Turn) -> [Step] {
        if let ending { return [.send(Self.refusal(ending, lane: turn.lane))] }
        if let lane = turn.lane, self.busyLanes.count >= self.limits.lanes, !self.busyLanes.contains(lane) {
            return [.send(Responses.laneLimitReached(self.limits.lanes, lane: lane))]
        }
        self.waiting.append(turn)
        let steps = self.next()
        guard self.waiting.count > self.limits.waiting || self.waitingBytes > self.limits.waitingBytes else {
            return steps
        }
        self.waiting.removeLast()
        let error = GatewayError(
            .upstreamBusy,
            "Too many turns wait on this connection. Wait for the answers to those that were sent."
        )
        return steps + [.send(Responses.errorMessage(error, lane: turn.lane))]
    }

    /// Starts what may start; ends the connection when that is wanted and nothing runs any more.
    private mutating func next() -> [Step] {
        if let ending, self.running.isEmpty {
            self.isOver = true
            switch ending {
            case .age(let minutes): return [.send(Responses.connectionLimitReached(minutes: minutes)), .close]
            case .stopping: return [.close]
            }
        }
        var steps: [Step] = []
        var busy = Set(self.running.values)
        var index = 0
        while index < self.waiting.count, self.running.count < self.limits.running {
            guard busy.insert(self.waiting[index].lane).inserted else {
                index += 1
                continue
            }
            let turn = self.waiting.remove(at: index)
            self.running[turn.number] = .some(turn.lane)
            steps.append(.start(turn))
        }
        return steps
    }

    private var busyLanes: Set<String> {
        Set(self.running.values.compactMap { $0 } + self.waiting.compactMap(\.lane))
    }

    private static func refusal(_ ending: Ending, lane: String?) -> ByteBuffer {
        switch ending {
        case .age(let minutes):
            return Responses.connectionLimitReached(minutes: minutes, lane: lane)
        case .stopping:
            let error = GatewayError(.relayUnavailable, "The relay is restarting. Connect again in a moment.")
            return Responses.errorMessage(error, lane: lane)
        }
    }
}
