import NIOCore
import TunnelProtocol

/// From the tunnel to the model server.
extension Forwarder {
    func take(_ part: BinaryHTTP.Part) {
        switch part {
        case .requestHead(let head): self.take(head)
        case .content(let bytes): self.take(content: bytes)
        case .end: self.takeEnd()
        case .responseHead: self.fail(.protocolViolation)
        }
    }

    /// The connection is there: everything that has come so far leaves in one piece.
    func send(_ request: Request, on exchange: any UpstreamExchange) {
        guard let route else { return }
        self.phase = .forwarding(exchange)
        self.promisedLength = self.requestIsComplete ? self.contentLength : request.declaredLength
        guard self.keepsPromise else { return self.fail(.protocolViolation) }
        exchange.send(
            head: UpstreamRequestHead(
                opening: route.opening(for: request.target),
                path: request.target.path,
                length: self.promisedLength.map { .known($0) } ?? .chunked,
                fields: request.fields,
                room: self.contentLength <= UpstreamConnection.copied ? self.contentLength : 0
            )
        )
        for piece in self.waiting { exchange.send(body: piece) }
        self.waiting = []
        if self.requestIsComplete { exchange.sendEnd() }
        self.mustFlush = false
        exchange.flush()
        if exchange.isWritable { self.returnCredit() }
    }

    // MARK: Parts

    private func take(_ head: BinaryHTTP.RequestHead) {
        if head.method == ResumeRequest.method { return self.pass(on: head) }
        guard !self.isLeaving else { return self.fail(.draining) }
        var deployment: String?
        var declared: String?
        var call: String?
        var stream: Int?
        for field in head.fields {
            // Lengths first: most fields are told apart by them.
            switch field.name.utf8.count {
            case 9 where field.name == "adit-call": call = field.value
            case 11 where field.name == ResumeRequest.streamField: stream = Int(field.value)
            case 14 where field.name == "content-length": declared = field.value
            case 15 where field.name == "adit-deployment": deployment = field.value
            default: break
            }
        }
        guard let target = ForwardablePath.match(method: head.method, path: head.path), let deployment,
            let route = self.lane.route(to: deployment)
        else { return self.fail(.refused) }
        let declaredLength = declared.map { Self.length($0) }
        if case .some(.none) = declaredLength { return self.fail(.protocolViolation) }
        if let call, let stream, let refusal = self.keep(CallStreamName(call: call, stream: stream)) {
            return self.fail(refusal)
        }
        self.route = route
        route.began()
        self.phase = .gathering(
            Request(target: target, fields: head.fields, declaredLength: declaredLength.flatMap { $0 })
        )
    }

    private func take(content bytes: ByteBuffer) {
        self.contentLength += bytes.readableBytes
        switch self.phase {
        case .gathering(let request):
            self.waiting.append(bytes)
            if self.contentLength > Self.gathered { self.start(request) }
        case .connecting:
            self.waiting.append(bytes)
        case .forwarding(let exchange):
            guard self.keepsPromise else { return self.fail(.protocolViolation) }
            exchange.send(body: bytes)
            self.mustFlush = true
        case .head, .delivered, .over:
            break
        }
    }

    private func takeEnd() {
        self.completeRequest()
        switch self.phase {
        case .gathering(let request):
            let isAsDeclared = request.declaredLength.map { $0 == self.contentLength } ?? true
            guard isAsDeclared else { return self.fail(.protocolViolation) }
            self.start(request)
        case .forwarding(let exchange):
            guard self.keepsPromise else { return self.fail(.protocolViolation) }
            exchange.sendEnd()
            self.mustFlush = true
        case .head, .connecting, .delivered, .over:
            break
        }
    }

    private func start(_ request: Request) {
        guard let route else { return }
        switch route.opener.open(for: self) {
        case .open(let exchange):
            self.send(request, on: exchange)
        case .pending(let attempt):
            self.phase = .connecting(attempt, request)
        }
    }

    /// Whether the content that has come is what the server was promised: less would leave it waiting, more would be read as
    /// another request.
    private var keepsPromise: Bool {
        guard let promisedLength else { return true }
        return self.requestIsComplete ? self.contentLength == promisedLength : self.contentLength <= promisedLength
    }

    /// A length as RFC 9110 §8.6 has it: digits and nothing else.
    private static func length(_ text: String) -> Int? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ digits.contains($0) }) else { return nil }
        return Int(text)
    }
}
