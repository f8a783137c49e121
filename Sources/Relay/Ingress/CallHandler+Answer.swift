import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// The way out: what the gateway and the relay's own pages write.
extension CallHandler: CallResponder {
    func announce(_ limits: LimitReport) {
        self.asked.limits = limits
    }

    func beginStream(_ type: StreamType, keepsBody: Bool) {
        // It may be open for long, and thousands like it.
        self.memory = CallerMemory()
        // An HTTP/1.0 caller knows no chunks: its stream ends with the connection (RFC 9112 §6.3).
        if self.asked.isOld { self.asked.keepsAlive = false }
        var head = self.beginHead(.ok)
        AnswerHeaders.addStream(type, to: &head)
        self.isChunked = self.merger != nil && !self.asked.isOld
        if self.isChunked { head.add("transfer-encoding", "chunked") }
        if !keepsBody { self.letGoOfBody() }
        self.write(head)
    }

    func write(_ bytes: ByteBuffer) {
        guard let merger else { return self.writeToStream(bytes) }
        if self.isChunked { merger.write(chunk: bytes) } else { merger.write(bytes) }
    }

    /// Writes to a stream of HTTP/2. Of what waits there, nothing but the promises tells whether the caller takes it.
    private func writeToStream(_ bytes: ByteBuffer) {
        guard let context else { return }
        if self.isWritable, bytes.readableBytes <= Self.largestPiece {
            return context.write(self.wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        }
        var rest = bytes
        while let piece = rest.readSlice(length: min(rest.readableBytes, Self.largestPiece)), piece.readableBytes > 0 {
            let taken = context.eventLoop.makePromise(of: Void.self)
            taken.futureResult.assumeIsolated().whenSuccess { self.wasTaken() }
            context.write(self.wrapOutboundOut(.body(.byteBuffer(piece))), promise: taken)
        }
    }

    /// How much of a body is written to a stream of HTTP/2 at once, in bytes: what one frame usually carries (RFC 9113 §6.5.2).
    private static let largestPiece = 16 * 1024

    func flush() {
        if let merger { merger.flush() } else { self.context?.flush() }
    }

    func endStream() {
        if self.isChunked { self.merger?.writeLastChunk() }
        self.end()
    }

    /// Everything of an answer is written.
    private func end() {
        if let merger {
            merger.flush()
        } else {
            self.context?.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
        self.answerEnded()
    }

    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?) {
        self.whole(
            HTTPResponseStatus(statusCode: status),
            type: Self.json,
            pieces: pieces,
            extra: retryAfter.map { [("retry-after", String($0))] } ?? []
        )
    }

    func respond(count: ByteBuffer, isExact: Bool) {
        // Who relies on the number is told whether a tokenizer has counted.
        self.respond(count, extra: [("adit-token-count", isExact ? "exact" : "estimate")])
    }

    func respond(_ error: GatewayError) {
        self.respond(error, extra: [])
    }

    func respond(_ error: GatewayError, extra: [(String, String)]) {
        let error = error.worded(by: self.site.gateway.errorCodes)
        self.whole(
            HTTPResponseStatus(statusCode: self.asked.dialect.status(of: error.code)),
            type: Self.json,
            pieces: [self.asked.dialect.errorBody(error, requestID: self.asked.id.rawValue)],
            extra: extra + (error.retryAfter.map { [("retry-after", String($0))] } ?? [])
        )
    }

    /// Writes a JSON body with status 200.
    func respond(_ body: ByteBuffer, extra: [(String, String)] = []) {
        self.whole(.ok, type: Self.json, pieces: [body], extra: extra)
    }

    static let json = "application/json"

    /// Writes one whole answer and ends it.
    /// - Parameter extra: headers beside those that every answer has.
    func whole(
        _ status: HTTPResponseStatus,
        type: String?,
        pieces: [ByteBuffer],
        extra: [(String, String)] = []
    ) {
        let length = pieces.reduce(0) { $0 + $1.readableBytes }
        var head = self.beginHead(status)
        for (name, value) in extra { head.add(name, value) }
        if let type { head.add("content-type", type) }
        if status != .noContent { head.add("content-length", String(length)) }
        self.letGoOfBody()
        self.write(head)
        if !self.asked.isHead {
            let pieces = length <= Self.joinedBody ? Self.joined(pieces, length) : pieces
            for piece in pieces where piece.readableBytes > 0 { self.write(piece) }
        }
        self.end()
    }

    /// Up to this size, in bytes, a body's pieces are copied into one: each costs its own way through the pipeline.
    private static let joinedBody = 4 * 1024

    private static func joined(_ pieces: [ByteBuffer], _ length: Int) -> [ByteBuffer] {
        guard pieces.count > 1 else { return pieces }
        var body = ByteBuffer()
        body.reserveCapacity(length)
        for piece in pieces { body.writeImmutableBuffer(piece) }
        return [body]
    }

    /// Says that the body may be sent, to all but HTTP/1.0 (RFC 9110 §10.1.1).
    func writeContinue() {
        guard !self.asked.isOld else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        self.context?.writeAndFlush(self.wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Begins a head with what every answer has.
    private func beginHead(_ status: HTTPResponseStatus) -> AnswerHead {
        var head = AnswerHead(status, isOld: self.asked.isOld, to: self.merger)
        self.headers.addBase(
            id: self.asked.id,
            date: self.loop.date(),
            origin: self.asked.origin,
            keepsAlive: self.asked.keepsAlive,
            to: &head
        )
        if let limits = self.asked.limits {
            let now = self.site.gateway.now()
            for (name, value) in self.asked.dialect.headers(of: limits, now: now) { head.add(name, value) }
        }
        return head
    }

    private func write(_ head: AnswerHead) {
        if let merger { return merger.endHead() }
        let head = HTTPResponseHead(version: .http1_1, status: head.status, headers: head.list)
        self.context?.write(self.wrapOutboundOut(.head(head)), promise: nil)
    }
}
