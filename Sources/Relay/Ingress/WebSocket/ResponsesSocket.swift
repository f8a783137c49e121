import Dialects
import Gateway
import NIOCore
import NIOWebSocket
import Vocabulary

/// One WebSocket of the Responses API: a client's messages in, the answers of its turns out.
///
/// It only carries: which turn begins when, and what is said instead, is decided by ``ResponsesConversation``.
final class ResponsesSocket: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    enum Phase {
        case open
        /// The closing frame has been sent; what still comes is dropped until the client's own one.
        case closing(since: NIODeadline)
        case closed
    }

    let desk: any TurnDesk
    let configuration: IngressConfiguration.WebSocket
    /// What is held of messages that are not answered.
    let gauge: MessageGauge
    /// How long a message may make no progress.
    let patience: TimeAmount
    var pulseIndex = -1
    var phase = Phase.open
    /// Whether the connection takes more bytes now.
    private(set) var isWritable = true
    let opened: NIODeadline
    var lastPing: NIODeadline
    /// Pings since anything came.
    var unansweredPings = 0
    private var conversation: ResponsesConversation
    private var messages: MessageAssembler
    /// What has come and is not read yet, the message that is being read first: others follow it in their order.
    private var unread = CircularBuffer<ByteBuffer>()
    /// Reads a long message; until then nothing further is taken from the connection.
    private var reading: Task<Void, Never>?
    private var turns: [Int: SocketTurn] = [:]
    private var steps = CircularBuffer<ResponsesConversation.Step>()
    private var isPerforming = false
    private var readIsOwed = false
    private var context: ChannelHandlerContext?

    init(
        desk: any TurnDesk,
        configuration: IngressConfiguration,
        gauge: MessageGauge,
        now: NIODeadline = .now()
    ) {
        self.desk = desk
        self.gauge = gauge
        self.patience = configuration.bodyPatience
        self.configuration = configuration.webSocket
        var limits = ResponsesConversation.Limits()
        limits.waitingBytes = configuration.largestBody
        self.conversation = ResponsesConversation(limits: limits)
        self.messages = MessageAssembler(limit: configuration.largestBody)
        self.opened = now
        self.lastPing = now
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.isWritable = context.channel.isWritable
        self.desk.lane.watch(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.leave()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.leave()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        self.gauge.passed(frame)
        guard case .open = self.phase else {
            self.gauge.hold(0)
            // Nothing that follows a closing frame counts, but the client's own one: now nobody waits for anything.
            if frame.opcode == .connectionClose { self.closeChannel() }
            return
        }
        switch self.messages.take(frame) {
        case .nothing: break
        case .message(let text):
            self.unread.append(text)
            if !self.isReading { self.readMessages() }
        case .ping(let bytes): self.write(frame: WebSocketFrame(fin: true, opcode: .pong, data: bytes), flushes: true)
        case .close(let code):
            self.close(code, "")
            self.closeChannel()
        case .fault(let code, let reason): self.close(code, reason)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Also in the middle of a frame: whoever sends is there.
        self.unansweredPings = 0
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        // Who does not take what was answered is not asked for more.
        if self.isWritable, !self.isReading { context.read() } else { self.readIsOwed = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.isWritable = context.channel.isWritable
        if self.isWritable {
            for turn in Array(self.turns.values) { turn.call?.callerWritable() }
            self.readWhatIsOwed()
        }
        context.fireChannelWritabilityChanged()
    }

    private func readWhatIsOwed() {
        guard self.readIsOwed, self.isWritable, !self.isReading else { return }
        self.readIsOwed = false
        self.context?.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is RelayIsStopping { self.end(.stopping) }
        if event is NoRoomForMessages {
            self.close(.unknown(1013), "the relay holds as many requests as it has memory for; try again soon")
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            self.close(.messageTooLarge, "a message may have \(self.messages.limit) bytes")
        case is NIOWebSocketError: self.close(.protocolError, "the frame breaks the protocol")
        // What follows a frame that could not be read.
        case is ByteToMessageDecoderError: break
        default: self.closeChannel()
        }
    }

    // MARK: Messages

    /// Whether a long message is being read.
    var isReading: Bool { self.reading != nil }

    /// Reads what has come, up to the end or to a message that takes long: that is read away from the event loop.
    private func readMessages() {
        while case .open = self.phase, let text = self.unread.first {
            guard text.readableBytes <= Gateway.shortBody else { return self.readApart(text) }
            self.unread.removeFirst()
            self.perform(self.conversation.receive(text))
        }
    }

    private func readApart(_ text: ByteBuffer) {
        let bound = NIOLoopBound(self, eventLoop: self.desk.lane.eventLoop)
        self.reading = Task { [workshop = self.desk.workshop] in
            let message = try? await workshop.run { ResponsesConversation.Message(text) }
            bound.eventLoop.execute { bound.value.wasRead(text, as: message) }
        }
    }

    /// - Parameter message: `nil` when nobody reads any more.
    private func wasRead(_ text: ByteBuffer, as message: ResponsesConversation.Message?) {
        guard case .open = self.phase else { return }
        self.reading = nil
        self.unread.removeFirst()
        guard let message else { return self.close(.goingAway, "") }
        self.perform(self.conversation.receive(text, as: message))
        self.readMessages()
        self.readWhatIsOwed()
    }

    // MARK: Turns

    /// The connection is to end once its running turns have.
    func end(_ ending: ResponsesConversation.Ending) {
        guard case .open = self.phase else { return }
        self.perform(self.conversation.end(ending))
    }

    /// A turn's message is needed no more.
    func letGoOfMessage(of turn: SocketTurn) {
        guard turn.held > 0 else { return }
        turn.held = 0
        self.holdWhatIsNeeded()
    }

    /// A turn has said its last word.
    func ended(_ turn: SocketTurn) {
        self.turns[turn.number] = nil
        self.perform(self.conversation.ended(turn.number))
    }

    /// Does what the conversation wants, in its order; a turn may end while it is begun, which only adds to the list.
    private func perform(_ steps: [ResponsesConversation.Step]) {
        self.steps.append(contentsOf: steps)
        guard !self.isPerforming else { return }
        self.isPerforming = true
        while case .open = self.phase, let step = self.steps.popFirst() {
            switch step {
            case .send(let message): self.write(message)
            case .start(let turn): self.start(turn)
            case .close: self.close(.goingAway, "")
            }
        }
        self.isPerforming = false
        self.holdWhatIsNeeded()
        self.flush()
    }

    /// What came counts as held as long as its turn waits, or runs and is not answered.
    private func holdWhatIsNeeded() {
        // A turn that is about to start is neither, and stands in the list.
        guard !self.isPerforming else { return }
        let unread = self.unread.reduce(self.conversation.waitingBytes) { $0 + $1.readableBytes }
        self.gauge.hold(self.turns.values.reduce(unread) { $0 + $1.held })
    }

    private func start(_ asked: ResponsesConversation.Turn) {
        let turn = SocketTurn(asked, on: self)
        self.turns[asked.number] = turn
        do throws(GatewayError) {
            let call = try self.desk.begin(asked, answeringTo: turn)
            turn.call = call
            call.start()
        } catch {
            turn.respond(error)
        }
    }

    // MARK: Writing

    /// Writes a message; it leaves with the next ``flush()``.
    func write(_ message: ByteBuffer) {
        self.write(frame: WebSocketFrame(fin: true, opcode: .text, data: message), flushes: false)
    }

    func flush() { self.context?.flush() }

    func write(frame: WebSocketFrame, flushes: Bool) {
        guard case .open = self.phase, let context = self.context else { return }
        context.write(self.wrapOutboundOut(frame), promise: nil)
        if flushes { context.flush() }
    }

    // MARK: The end

    /// Says goodbye; calls that run are given up. The client has a while to say it too.
    func close(_ code: WebSocketErrorCode, _ reason: String) {
        guard case .open = self.phase else { return }
        var bytes = ByteBuffer()
        bytes.write(webSocketErrorCode: code)
        bytes.writeString(reason)
        self.write(frame: WebSocketFrame(fin: true, opcode: .connectionClose, data: bytes), flushes: true)
        self.phase = .closing(since: .now())
        self.giveUp()
        // What the client sends until then is read and dropped: unread bytes would take the goodbye with them.
        if self.readIsOwed {
            self.readIsOwed = false
            self.isWritable = true
            self.context?.read()
        }
    }

    func closeChannel() {
        self.phase = .closed
        self.context?.close(promise: nil)
    }

    private func leave() {
        self.phase = .closed
        self.context = nil
        self.gauge.giveAll()
        self.desk.lane.unwatch(self)
        self.giveUp()
        self.desk.close()
    }

    private func giveUp() {
        let turns = self.turns.values
        self.turns = [:]
        self.steps.removeAll()
        self.unread.removeAll()
        self.reading?.cancel()
        self.reading = nil
        // Those that wait go too.
        self.conversation = ResponsesConversation()
        self.gauge.hold(0)
        for turn in turns { turn.call?.callerLeft() }
    }
}
