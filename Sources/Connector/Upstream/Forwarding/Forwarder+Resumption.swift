import NIOCore
import TunnelProtocol
import TunnelTransport

/// A call that outlives its tunnel.
extension Forwarder {
    /// The answer will be kept as far as the relay has not taken it.
    /// - Returns: why not, when the relay has been told already that this call was not started, or what else became of it.
    func keep(_ name: CallStreamName) -> ApplicationErrorCode? {
        guard self.lane.keeping.time > .zero else { return nil }
        guard name.isPossible else { return .protocolViolation }
        if let code = self.lane.enter(name, self) { return code }
        self.name = name
        self.kept = KeptAnswer(stream: name.stream, capacity: self.lane.keeping.bytes)
        return nil
    }

    /// Sends a piece of the answer, and keeps it until the relay has taken it.
    /// - Returns: whether more finds room now, as ``takesMore`` says.
    @discardableResult
    func deliver(_ bytes: ByteBuffer, isFinal: Bool) -> Bool {
        let count = self.kept?.append(bytes, isFinal: isFinal) ?? 0
        guard self.kept?.isCarried != false else { return self.takesMore }
        let stream = self.stream
        stream.send(bytes, isFinal: isFinal)
        if count > Self.worthForgetting { self.kept?.taken(stream.taken) }
        return isFinal || stream.takesMore()
    }

    /// Whether more of the answer finds room now, in the tunnel or here.
    var takesMore: Bool {
        guard self.kept?.isCarried == false else { return self.stream.takesMore() }
        return self.kept?.hasRoom == true
    }

    /// The tunnel is gone.
    ///
    /// A request that is not complete has not been answered by any model: it is dropped, and the relay is told that it was not
    /// started when it asks. Everything else goes on.
    func streamLost() {
        guard self.kept != nil, self.requestIsComplete, !self.isOver else { return self.cancel() }
        self.kept?.lose()
        self.lane.suspend(self)
        self.impatience?.cancel()
        self.impatience = self.lane.eventLoop.assumeIsolated().scheduleTask(in: self.lane.keeping.time) {
            self.fail(.lost)
        }
        if self.isPaused, self.takesMore { self.readOn() }
    }

    /// The relay asks for the rest of a call's answer on this stream, which is given to the call itself.
    func pass(on head: BinaryHTTP.RequestHead) {
        guard let request = ResumeRequest(head) else { return self.fail(.protocolViolation) }
        self.completeRequest()
        self.returnCredit()
        self.phase = .over
        self.lane.resume(request, on: self.stream)
    }

    /// The answer goes on, on another stream.
    ///
    /// The relay may know before this end that the tunnel is dead. What is missing of a request then never comes: as in
    /// ``streamLost()`` it was not started.
    func resume(_ request: ResumeRequest, on stream: any CallStream) {
        guard self.requestIsComplete || self.kept == nil else {
            self.cancel()
            return stream.abandon(self.lane.answer(for: request.name))
        }
        switch self.kept?.resume(on: request.stream, at: request.offset) {
        case .send(let pieces, let isFinal):
            self.impatience?.cancel()
            self.impatience = nil
            // A stream of which only the relay knows that it is dead.
            self.stream.abandon(.none)
            self.stream = stream
            for piece in pieces.dropLast() { stream.send(piece, isFinal: false) }
            if isFinal || !pieces.isEmpty { stream.send(pieces.last ?? ByteBuffer(), isFinal: isFinal) }
            if self.isPaused, self.takesMore { self.readOn() }
        case .outdated:
            stream.abandon(.lost)
        case .impossible:
            self.fail(.lost)
            stream.abandon(.lost)
        case nil:
            stream.abandon(self.lane.answer(for: request.name))
        }
    }

    /// A stream on another event loop takes more again.
    func roomAgain(on stream: FarStream) {
        if (self.stream as? FarStream) === stream { self.streamWritable() }
    }

    func readOn() {
        guard case .forwarding(let exchange) = self.phase else { return }
        self.isPaused = false
        exchange.resumeReading()
    }

    /// What is kept of an answer is looked through only when it has become this much, in bytes.
    private static let worthForgetting = 64 * 1_024
}
