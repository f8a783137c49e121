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

    func beginStream(_ type: StreamType) {
        var headers = self.baseHeaders()
        AnswerHeaders.addStream(type, to: &headers)
        // An HTTP/1.0 caller knows no chunks: its stream ends with the connection.
        if self.asked.version.major == 1, self.asked.version.minor == 0 { self.asked.keepsAlive = false }
        self.write(head: .ok, headers: headers)
    }

    func write(_ bytes: ByteBuffer) {
        self.context?.write(self.wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func flush() {
        self.context?.flush()
    }

    func endStream() {
        self.context?.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.answerEnded()
    }

    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?) {
        var headers = self.baseHeaders()
        if let retryAfter { headers.add(name: "retry-after", value: String(retryAfter)) }
        self.whole(HTTPResponseStatus(statusCode: status), headers, type: "application/json", pieces: pieces)
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
        var headers = self.baseHeaders()
        for (name, value) in extra { headers.add(name: name, value: value) }
        if let retryAfter = error.retryAfter { headers.add(name: "retry-after", value: String(retryAfter)) }
        self.whole(
            HTTPResponseStatus(statusCode: self.asked.dialect.status(of: error.code)),
            headers,
            type: "application/json",
            pieces: [self.asked.dialect.errorBody(error, requestID: self.asked.id.rawValue)]
        )
    }

    /// Writes a JSON body with status 200.
    func respond(_ body: ByteBuffer, extra: [(String, String)] = []) {
        var headers = self.baseHeaders()
        for (name, value) in extra { headers.add(name: name, value: value) }
        self.whole(.ok, headers, type: "application/json", pieces: [body])
    }

    /// Writes one whole answer and ends it.
    func whole(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, type: String?, pieces: [ByteBuffer]) {
        var headers = headers
        let length = pieces.reduce(0) { $0 + $1.readableBytes }
        if let type { headers.add(name: "content-type", value: type) }
        if status != .noContent { headers.add(name: "content-length", value: String(length)) }
        self.write(head: status, headers: headers)
        if !self.asked.isHead {
            for piece in pieces where piece.readableBytes > 0 { self.write(piece) }
        }
        self.context?.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.answerEnded()
    }

    /// Says that the body may be sent (RFC 9110 §10.1.1).
    func writeContinue() {
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        self.context?.writeAndFlush(self.wrapOutboundOut(.head(head)), promise: nil)
    }

    func baseHeaders() -> HTTPHeaders {
        var headers = self.headers.base(
            id: self.asked.id,
            date: self.desk.date(),
            origin: self.asked.origin,
            keepsAlive: self.asked.keepsAlive
        )
        if let limits = self.asked.limits {
            let now = self.site.gateway.now()
            for (name, value) in self.asked.dialect.headers(of: limits, now: now) {
                headers.add(name: name, value: value)
            }
        }
        return headers
    }

    private func write(head status: HTTPResponseStatus, headers: HTTPHeaders) {
        self.releaseBody()
        let version: HTTPVersion = self.asked.version.minor == 0 && self.asked.version.major == 1 ? .http1_0 : .http1_1
        let head = HTTPResponseHead(version: version, status: status, headers: headers)
        self.context?.write(self.wrapOutboundOut(.head(head)), promise: nil)
    }
}
