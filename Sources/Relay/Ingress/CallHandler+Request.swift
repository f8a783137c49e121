import ContentCoding
import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import TunnelTransport
import Vocabulary

/// The way in: from a request's head to a call on its way.
extension CallHandler {
    func begin(_ head: HTTPRequestHead) {
        let headers = CallHeaders(head.headers)
        let isUpgrade = self.asksForUpgrade(head, headers)
        if isUpgrade, self.hasBegun, self.offersUpgrade(to: head) { return }
        let now = NIODeadline.now()
        self.hasBegun = true
        self.address = self.origin.client(head.headers)
        self.asked = Asked(
            id: self.loop.lane.makeCallID(at: now),
            version: head.version,
            isHead: head.method == .HEAD,
            isUpgrade: isUpgrade,
            // An HTTP/2 stream ends by itself; closing it early would cut its answer.
            keepsAlive: self.headers.isHTTP2 || (head.isKeepAlive && !isUpgrade && !self.site.gateway.isLeaving),
            origin: headers.origin,
            arrived: now
        )
        // Until a call asks for its body, whatever body comes is read and dropped.
        self.phase = .discarding(since: now)
        let (path, query) = Self.split(head.uri)
        let isClear = headers.nameHost(in: head.version)
        if isClear, self.isAdministration(path) { return self.beginAdministration(head, now: now) }
        let target = Target.find(method: head.method.rawValue, path: path, query: query)
        self.asked.dialect = target.dialect ?? Self.dialect(of: head, query: query)
        guard isClear else {
            self.asked.keepsAlive = self.headers.isHTTP2
            return self.respond(
                GatewayError(
                    .invalidRequest,
                    "The request names \(headers.hosts) hosts; send the header «Host» exactly once."
                )
            )
        }
        if !query.isEmpty, Target.carriesKey(query: query) {
            return self.respond(
                GatewayError(
                    .keyInQuery,
                    "A key must not stand in the URL, where logs keep it. Send it as «Authorization: Bearer …», and "
                        + "replace this key: it may have been logged on the way."
                )
            )
        }
        switch target {
        case .call(let endpoint):
            self.beginCall(endpoint, head: head, headers, now: now)
        case .models(let dialect):
            self.list(head, query: query, in: dialect)
        case .model(let name, let dialect):
            self.show(name, head: head, in: dialect)
        case .response(let response):
            self.answer(response, head: head, query: query)
        case .usage:
            self.showUsage(head, query: query)
        case .responsesSocket:
            self.refuseSocket(head)
        case .page(let page):
            self.show(page, head)
        case .preflight:
            self.preflight(head)
        case .tunnel:
            self.refuseTunnel(head)
        case .probe:
            self.probe(head, query: query)
        case .wrongMethod(let allowed, _):
            let message = "\(head.method.rawValue) is not possible on \(path); allowed: \(allowed)."
            self.respond(GatewayError(.methodNotAllowed, message), extra: [("allow", allowed)])
        case .nothing:
            self.respondNothing(head, at: path)
        }
    }

    /// The dialect of a caller whose path does not tell it.
    private static func dialect(of head: HTTPRequestHead, query: Substring) -> Dialect {
        if !query.isEmpty, Target.carriesGoogleKey(query: query) { return .gemini }
        return Dialect(
            anthropicVersion: head.headers.first(name: "anthropic-version"),
            googleKey: head.headers.first(name: "x-goog-api-key")
        )
    }

    func body(_ bytes: ByteBuffer) {
        if case .readingAdministration(let reading) = self.phase { return self.collect(bytes, of: reading) }
        guard case .reading(let reading) = self.phase else { return }
        if let decoder = reading.decoder { self.unpack(bytes, decoder) } else { self.collect(bytes) }
    }

    /// Keeps a piece of the body as it is meant.
    func collect(_ bytes: ByteBuffer) {
        guard case .reading(let reading) = self.phase else { return }
        guard reading.body.readableBytes + bytes.readableBytes <= self.site.configuration.largestBody else {
            return self.turnAway(self.tooLarge, from: reading)
        }
        guard self.site.capacity.take(bytes.readableBytes) else {
            let error = GatewayError(
                .relayUnavailable,
                "The relay holds as many requests as it has memory for. Try again in a few seconds.",
                retryAfter: 5
            )
            return self.turnAway(error, from: reading)
        }
        self.heldBody += bytes.readableBytes
        reading.scanner?.scan(bytes)
        if reading.body.readableBytes == 0 {
            reading.body = bytes
        } else {
            reading.body.writeImmutableBuffer(bytes)
        }
        // A byte now and then is no progress.
        if reading.body.readableBytes - reading.lengthThen >= Self.leastProgress {
            reading.lastProgress = .now()
            reading.lengthThen = reading.body.readableBytes
        }
    }

    /// How much of a body must come within the patience for it, in bytes.
    private static let leastProgress = 1_024

    func requestEnded() {
        switch self.phase {
        case .asking:
            // The answer comes when it is known.
            self.phase = .answering
        case .reading(let reading):
            self.phase = .answering
            if let fault = reading.decoder?.faultAtEnd {
                self.refuse(fault, from: reading)
            } else {
                self.call(reading)
            }
        case .readingAdministration(let reading):
            self.submit(reading)
        case .discarding where self.pendingProbe != nil:
            if let plan = self.pendingProbe.take() { self.startProbe(plan) }
        case .discarding:
            // The answer has been given already.
            self.phase = .answering
            self.answerEnded()
        case .idle, .answering, .leaving, .closed:
            break
        }
    }

    private func beginCall(
        _ endpoint: Endpoint,
        head: HTTPRequestHead,
        _ headers: CallHeaders,
        now: NIODeadline
    ) {
        var known: Caller?
        do throws(GatewayError) {
            if self.origin.isShed {
                self.asked.keepsAlive = self.headers.isHTTP2
                throw GatewayError(
                    .relayUnavailable,
                    "The relay has too many connections now. Try again in a few seconds.",
                    retryAfter: 5
                )
            }
            let caller = try self.site.gateway.identify(
                authorization: headers.authorization,
                apiKey: headers.apiKey,
                googleKey: headers.googleKey,
                from: self.address,
                for: endpoint,
                remembering: &self.memory
            )
            known = caller
            let coding = headers.hasCoding ? try Self.coding(head.headers) : nil
            try Self.checkMedia(headers.contentType)
            if let length = headers.contentLength.flatMap({ Int($0) }), length > self.site.configuration.largestBody {
                throw self.tooLarge
            }
            if headers.expect?.lowercased() == "100-continue" { self.writeContinue() }
            self.phase = .reading(
                Reading(
                    endpoint: endpoint,
                    caller: caller,
                    passedHeaders: headers.passed,
                    idempotencyKey: headers.idempotencyKey,
                    decoder: coding.map { BodyDecoder($0, limit: self.site.configuration.largestBody) },
                    now: now
                )
            )
        } catch {
            // What is taken instead stands where clients look for it (RFC 9110 §15.5.16).
            let isEncoding = error.code == .unsupportedMediaType && error.parameter == "content-encoding"
            self.noteRefusal(error, of: endpoint, from: known)
            self.respond(error, extra: isEncoding ? [("accept-encoding", ContentCoding.accepted)] : [])
        }
    }

    /// Refuses a call whose body is not, or not all, to be read.
    func turnAway(_ error: GatewayError, from reading: Reading) {
        self.noteRefusal(error, of: reading.endpoint, from: reading.caller, bytesIn: reading.body.readableBytes)
        self.respond(error)
    }

    /// A call that the gateway has not seen counts too.
    private func noteRefusal(
        _ error: GatewayError,
        of endpoint: Endpoint,
        from caller: Caller?,
        bytesIn: Int = 0
    ) {
        let asked = self.asked
        self.site.gateway.turnedAway(asked.id, endpoint, from: caller, error, arrived: asked.arrived, bytesIn: bytesIn)
    }

    private func call(_ reading: Reading) {
        let request = Gateway.Request(
            id: self.asked.id,
            endpoint: reading.endpoint,
            caller: reading.caller,
            passedHeaders: reading.passedHeaders,
            body: reading.body,
            facts: reading.scanner?.finish(),
            arrived: self.asked.arrived,
            address: self.site.gateway.keepsAddresses ? self.address?.description : nil,
            idempotencyKey: reading.idempotencyKey
        )
        do throws(GatewayError) {
            let call = try self.site.gateway.begin(request, on: self.loop.lane, answeringTo: self)
            // Known before it starts: it may be over at once, and the next request's turn come.
            self.call = call
            call.start()
        } catch {
            self.respond(error)
        }
    }

    func identify(_ headers: HTTPHeaders, for endpoint: Endpoint? = nil) throws(GatewayError) -> Caller {
        try self.site.gateway.identify(headers, from: self.address, for: endpoint)
    }

    /// Whether a caller shows no key at all.
    static func isAnonymous(_ headers: HTTPHeaders) -> Bool {
        ["authorization", "x-api-key", "x-goog-api-key"].allSatisfy { (headers.first(name: $0) ?? "").isEmpty }
    }

    var tooLarge: GatewayError {
        let limit = self.site.configuration.largestBody
        return GatewayError(.bodyTooLarge, "The request's body is larger than the \(limit) bytes that are allowed.")
    }

    /// Refuses bodies that are not JSON by their own header. No header at all passes: many small clients send none.
    private static func checkMedia(_ type: String?) throws(GatewayError) {
        guard let type, type != "application/json" else { return }
        let media = type.prefix { $0 != ";" }.lowercased()
        guard media.contains("json") || media.isEmpty else {
            throw GatewayError(
                .unsupportedMediaType,
                "The body is «\(media.prefix(60))»; only application/json is understood.",
                parameter: "content-type"
            )
        }
    }

    static func split(_ uri: String) -> (path: Substring, query: Substring) {
        if let plain = self.splitPlain(uri) { return plain }
        var path = uri[...]
        // The absolute form (RFC 9112 §3.2.2) names our own authority before the path, which may be empty.
        if !path.utf8.starts(with: "/".utf8), let scheme = path.range(of: "://") {
            let rest = path[scheme.upperBound...]
            path = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
            if path.first != "/" { return ("/", path.dropFirst()) }
        }
        guard let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (path, "") }
        return (path[..<mark], path[path.utf8.index(after: mark)...])
    }
}

extension CallHandler {
    /// Splits what begins with its path, as nearly all do; `nil` for others.
    private static func splitPlain(_ uri: String) -> (path: Substring, query: Substring)? {
        let bytes = uri.utf8.span
        guard !bytes.isEmpty, bytes[0] == UInt8(ascii: "/") else { return nil }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "?") {
            let mark = uri.utf8.index(uri.startIndex, offsetBy: index)
            return (uri[..<mark], uri[uri.utf8.index(after: mark)...])
        }
        return (uri[...], "")
    }
}

extension Substring {
    /// Where a short text stands first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = self.startIndex
        while start < self.endIndex {
            if self[start...].hasPrefix(text) {
                return start..<self.index(start, offsetBy: text.count)
            }
            start = self.index(after: start)
        }
        return nil
    }
}
