import Logging
package import NIOCore
package import TunnelProtocol

/// One tunnel: the connection's state machine, its streams' carriers, and one flush per turn of its event loop.
///
/// Every member but `eventLoop` is used on that event loop only. Frames of one turn gather in the state machine and leave in as few
/// writes as the socket takes; while the socket is not writable they wait there, merged stream by stream.
package final class Tunnel {
    package let eventLoop: any EventLoop
    package let role: QMux.Connection.Role
    let logger: Logger

    private var connection: QMux.Connection
    /// The carriers of open streams, at the index of the stream's slot.
    private var carriers: [(any TunnelStreamHandler)?] = []
    /// Slots that got bytes since the last end of a read.
    private var touched: [Int] = []
    private var control: ControlStream
    private var liveness: Liveness
    private var pulse: RepeatedTask?
    /// Kept until the end, which it is told.
    private var delegate: (any TunnelDelegate)?
    private var context: ChannelHandlerContext?
    private var output: ByteBuffer
    private var flushIsScheduled = false
    /// What the channel's `isWritable` said last: it is asked for by every token.
    private var socketTakesMore = true
    private var isOver = false
    private var pingSent: (sequence: UInt64, at: NIODeadline)?

    /// The last measured time from ping to answer.
    package private(set) var roundTrip: TimeAmount?
    package private(set) var bytesReceived = 0
    package private(set) var bytesSent = 0
    /// Streams that carry calls now.
    package private(set) var openCalls = 0
    /// The last of our streams that the peer serves, once it has said so: those above it find that out at the tunnel's end at the latest.
    package var lastServed: UInt64?

    /// - Parameters:
    ///   - death: after how much silence the tunnel is given up.
    ///   - delegate: kept until ``TunnelDelegate/tunnelClosed(_:because:)``.
    init(
        role: QMux.Connection.Role,
        settings: QMux.Settings,
        eventLoop: any EventLoop,
        death: TimeAmount,
        delegate: any TunnelDelegate,
        logger: Logger
    ) {
        self.role = role
        self.eventLoop = eventLoop
        self.logger = logger
        self.delegate = delegate
        self.connection = QMux.Connection(role: role, settings: settings)
        self.control = ControlStream()
        self.liveness = Liveness(now: .now(), death: death)
        self.output = ByteBuffer()
    }

    /// Opens a stream for a call, or answers `nil` when the peer takes no more now.
    package func openStream(_ carrier: any TunnelStreamHandler) -> TunnelStream? {
        self.eventLoop.assertInEventLoop()
        guard !self.isOver, let handle = self.connection.openStream() else { return nil }
        self.install(carrier, at: handle.slot)
        return TunnelStream(tunnel: self, handle: handle)
    }

    /// Sends a control message; before the control stream exists it waits.
    ///
    /// A peer that takes none of them ends the tunnel: they would pile up without an end.
    package func send(_ message: ControlMessage) {
        self.eventLoop.assertInEventLoop()
        guard !self.isOver else { return }
        let line = message.encode()
        guard self.unsentControl + line.count <= ControlStream.mostUnsent else {
            return self.violate("the control stream is not read")
        }
        if let handle = self.control.handle {
            self.send(ByteBuffer(bytes: line), on: handle, isFinal: false)
        } else {
            self.control.waiting.writeBytes(line)
        }
    }

    /// Whether a control message that can be left out would wait behind others that the peer has yet to take.
    package var hasUnsentControl: Bool { self.unsentControl > TunnelStream.highWater }

    private var unsentControl: Int {
        self.control.handle.map { self.connection.queuedBytes(on: $0) } ?? self.control.waiting.readableBytes
    }

    /// Ends the tunnel in order: the peer reads what was sent before, then why.
    package func close(reason: String) {
        self.flush()
        guard !self.isOver else { return }
        self.connection.close(
            QMux.ConnectionError(
                isApplication: true,
                code: ApplicationErrorCode.none.rawValue,
                frameType: nil,
                reason: reason
            )
        )
        self.flush()
        self.finish(TunnelClosure(reason))
    }

    /// Gives the tunnel up as dead: another one has taken its place.
    package func giveUp(_ reason: String) {
        self.finish(TunnelClosure(reason, isLoss: true))
    }

    // MARK: What a stream asks for

    func send(_ bytes: ByteBuffer, on handle: QMux.StreamHandle, isFinal: Bool) {
        guard !self.isOver else { return }
        let isAtOnce = !isFinal && bytes.readableBytes <= Self.smallPiece && self.socketTakesMore
        if !isAtOnce || !self.connection.write(bytes, on: handle) {
            self.connection.send(bytes, on: handle, isFinal: isFinal)
        }
        self.scheduleFlush()
    }

    /// Pieces up to this size are copied at once rather than when they leave, in bytes.
    private static let smallPiece = 4 * 1_024

    func takesMore(on handle: QMux.StreamHandle) -> Bool {
        self.connection.takesMore(on: handle, below: TunnelStream.highWater, whenAnyWait: self.socketTakesMore)
    }

    func consumed(_ count: Int, on handle: QMux.StreamHandle) {
        guard !self.isOver else { return }
        if self.connection.consumed(count, on: handle) { self.scheduleFlush() }
    }

    func taken(on handle: QMux.StreamHandle) -> UInt64 {
        self.connection.taken(on: handle)
    }

    func hand(_ handle: QMux.StreamHandle, to carrier: any TunnelStreamHandler) {
        guard self.connection.holds(handle), self.carrier(of: handle) != nil else { return }
        self.carriers[handle.slot] = carrier
    }

    func reset(_ handle: QMux.StreamHandle, code: ApplicationErrorCode) {
        guard !self.isOver else { return }
        self.connection.reset(handle, code: code.rawValue)
        self.settle()
    }

    func stopSending(_ handle: QMux.StreamHandle, code: ApplicationErrorCode) {
        guard !self.isOver else { return }
        self.connection.stopSending(handle, code: code.rawValue)
        self.settle()
    }

    func abandon(_ handle: QMux.StreamHandle, code: ApplicationErrorCode) {
        // Who lives on another event loop may come when the stream is over and another one has its slot.
        guard !self.isOver, self.connection.holds(handle) else { return }
        if self.carrier(of: handle) != nil {
            self.carriers[handle.slot] = nil
            self.openCalls -= 1
        }
        self.connection.reset(handle, code: code.rawValue)
        self.connection.stopSending(handle, code: code.rawValue)
        if self.connection.hasOutput { self.scheduleFlush() }
    }

    // MARK: What the channel brings

    func attach(_ context: ChannelHandlerContext) {
        self.context = context
        self.socketTakesMore = context.channel.isWritable
        self.liveness.heard(now: .now())
        // Kept until ``finish(_:)`` cancels it, which the handler's removal causes at the latest.
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let tick = self.liveness.tick
        self.pulse = self.eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in
            bound.value.tick()
        }
        // In the next turn: handlers that the tunnel takes the place of may still be on their way out.
        self.scheduleFlush()
    }

    func receive(_ bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        self.bytesReceived += bytes.readableBytes
        self.liveness.heard(now: .now())
        self.connection.receive(&bytes)
        self.dispatchEvents()
    }

    func readComplete() {
        // A carrier that is told may cause more to be touched only by new bytes, so the list does not grow meanwhile.
        var index = 0
        while index < self.touched.count {
            let slot = self.touched[index]
            index += 1
            if slot < self.carriers.count { self.carriers[slot]?.streamReadComplete() }
        }
        self.touched.removeAll(keepingCapacity: true)
        if self.connection.hasOutput { self.scheduleFlush() }
    }

    func writabilityChanged() {
        guard let context else { return }
        self.socketTakesMore = context.channel.isWritable
        if self.socketTakesMore { self.flush() }
    }

    /// The channel is gone or about to go: ends every stream, tells the owner once.
    func finish(_ closure: TunnelClosure) {
        guard !self.isOver else { return }
        self.isOver = true
        self.pulse?.cancel()
        self.pulse = nil
        let carriers = self.carriers
        self.carriers = []
        for (slot, carrier) in carriers.enumerated() {
            if let lastServed, let id = self.connection.stream(at: slot), id.rawValue > lastServed {
                carrier?.streamUnserved(isLoss: closure.isLoss)
            } else if closure.isLoss {
                carrier?.streamLost()
            } else {
                carrier?.streamEnded(.upstreamFailed)
            }
        }
        let context = self.context
        self.context = nil
        let delegate = self.delegate
        self.delegate = nil
        delegate?.tunnelClosed(self, because: closure)
        self.openCalls = 0
        context?.close(promise: nil)
    }

    // MARK: Inside

    private func install(_ carrier: any TunnelStreamHandler, at slot: Int) {
        while self.carriers.count <= slot { self.carriers.append(nil) }
        self.carriers[slot] = carrier
        self.openCalls += 1
    }

    private func dispatchEvents() {
        while !self.isOver, let event = self.connection.nextEvent() {
            switch event {
            case .data(let handle, let bytes, let isFinal):
                if self.control.isCarried(by: handle) {
                    self.receiveControl(bytes, isFinal: isFinal)
                } else if handle.slot < self.carriers.count, let carrier = self.carriers[handle.slot] {
                    if self.touched.last != handle.slot { self.touched.append(handle.slot) }
                    carrier.streamReceived(bytes, isFinal: isFinal)
                } else {
                    self.connection.consumed(bytes.readableBytes, on: handle)
                }
            case .closed(let handle):
                guard handle.slot < self.carriers.count, let carrier = self.carriers[handle.slot] else { break }
                self.carriers[handle.slot] = nil
                self.openCalls -= 1
                carrier.streamReadComplete()
                carrier.streamClosed()
            case .writable(let handle):
                self.carrier(of: handle)?.streamWritable()
            case .reset(let handle, let code):
                if self.control.isCarried(by: handle) { return self.violate("the control stream was reset") }
                self.carrier(of: handle)?.streamReset(code: code)
            case .stopSending(let handle, let code):
                if self.control.isCarried(by: handle) { return self.violate("the control stream was stopped") }
                self.carrier(of: handle)?.streamStopped(code: code)
            case .streamOpened(let handle):
                self.accept(handle)
            case .ready:
                self.becomeReady()
            case .answeredPing(let sequence):
                if let ping = self.pingSent, ping.sequence == sequence {
                    self.roundTrip = .now() - ping.at
                    self.pingSent = nil
                }
            case .streamsAvailable:
                break
            case .ended(let error):
                self.flush()
                return self.finish(TunnelClosure(error))
            }
        }
    }

    private func carrier(of handle: QMux.StreamHandle) -> (any TunnelStreamHandler)? {
        handle.slot < self.carriers.count ? self.carriers[handle.slot] : nil
    }

    /// Tells what our own request has caused (a stream that is over now) and sends what is to be said.
    private func settle() {
        self.dispatchEventsLater()
        self.scheduleFlush()
    }

    /// Events that our own calls cause are told in the next turn, never inside the caller.
    private func dispatchEventsLater() {
        self.eventLoop.assumeIsolated().execute { self.dispatchEvents() }
    }

    private func accept(_ handle: QMux.StreamHandle) {
        if self.role == .relay, handle.id.rawValue == 0 {
            self.control.handle = handle
            self.sendWaitingControl()
        } else if let carrier = self.delegate?.tunnel(self, accepted: TunnelStream(tunnel: self, handle: handle)) {
            self.install(carrier, at: handle.slot)
        } else {
            self.connection.reset(handle, code: ApplicationErrorCode.refused.rawValue)
            self.connection.stopSending(handle, code: ApplicationErrorCode.refused.rawValue)
            self.settle()
        }
    }

    private func becomeReady() {
        if self.role == .connector {
            self.control.handle = self.connection.openStream()
            self.sendWaitingControl()
        }
        self.delegate?.tunnelReady(self)
    }

    private func sendWaitingControl() {
        let waiting = self.control.waiting
        self.control.waiting = ByteBuffer()
        guard let handle = self.control.handle, waiting.readableBytes > 0 else { return }
        self.send(waiting, on: handle, isFinal: false)
    }

    private func receiveControl(_ bytes: ByteBuffer, isFinal: Bool) {
        if let handle = self.control.handle { self.connection.consumed(bytes.readableBytes, on: handle) }
        do {
            for message in try self.control.decode(bytes) {
                self.delegate?.tunnel(self, received: message)
            }
        } catch {
            return self.violate("\(error)")
        }
        if isFinal { self.violate("the control stream ended") }
    }

    private func violate(_ reason: String) {
        self.connection.close(
            QMux.ConnectionError(
                isApplication: true,
                code: ApplicationErrorCode.protocolViolation.rawValue,
                frameType: nil,
                reason: reason
            )
        )
        self.flush()
        self.finish(TunnelClosure("the peer broke the protocol: \(reason)"))
    }

    private func tick() {
        switch self.liveness.tick(now: .now()) {
        case .alive:
            break
        case .ask:
            self.pingSent = (self.connection.ping(), .now())
            self.flush()
        case .dead:
            let seconds = self.liveness.death.nanoseconds / 1_000_000_000
            self.finish(TunnelClosure("nothing was heard from the peer for \(seconds) s", isLoss: true))
        }
    }

    private func scheduleFlush() {
        guard !self.flushIsScheduled else { return }
        self.flushIsScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.flushIsScheduled = false
            self.flush()
        }
    }

    /// Moves frames to the socket as long as it takes them: never more than its high water and one buffer wait there.
    private func flush() {
        guard let context else { return }
        while self.connection.hasOutput, context.channel.isWritable {
            self.output.clear(minimumCapacity: Self.initialOutput)
            self.connection.writeOutput(into: &self.output, atMost: Self.largestOutput)
            guard self.output.readableBytes > 0 else { break }
            self.bytesSent += self.output.readableBytes
            context.writeAndFlush(NIOAny(self.output), promise: nil)
        }
        // Room in a stream's queue shows only once its bytes have left.
        if !self.isOver { self.dispatchEvents() }
    }

    private static let initialOutput = 4 * 1024
    private static let largestOutput = 64 * 1024
}
