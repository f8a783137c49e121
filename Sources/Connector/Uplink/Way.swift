import Logging
package import NIOCore
import NIOHTTP1
package import NIOSSL
import NIOTLS
import TunnelProtocol
package import TunnelTransport

/// What was seen on the way to the relay, as far as it went; for whoever looks for what is wrong with it.
package struct Way: Sendable {
    /// How long TCP took, to the relay or to the proxy before it.
    package var connected: TimeAmount?
    /// Whether the proxy, if there is one, has opened a way.
    package var isThroughProxy = false
    /// The certificate that was shown, trusted or not.
    package var certificate: NIOSSLCertificate?
    /// Whether the TLS handshake has ended well.
    package var isSecured = false
    package var answer: WayAnswer?
    /// Why it went no further.
    package var failure: DialFailure?
}

/// What the relay answered, and when.
package struct WayAnswer: Sendable {
    package var status = 0
    var headers = HTTPHeaders()
    /// The value of `date`.
    package var date: String? { self.headers.first(name: "date") }
    /// Server-sent events, and when each came, counted from the request.
    package var events: [(text: String, at: TimeAmount)] = []
    /// The body, as far as it is no event.
    package var text = ""
    /// Whether it came to its end, and when that, or the end of the connection, was.
    package var isWhole = false
    package var ended: TimeAmount = .zero

    package init() {}

    /// The reason that a relay gives for a refusal.
    package var reason: String? { self.refusal.reason }

    /// Whether it is a relay's: pieces, or a refusal.
    package var isOfARelay: Bool { !self.events.isEmpty || self.refusal.isOfARelay }

    private var refusal: HTTPAnswer {
        HTTPAnswer(status: self.status, headers: self.headers, body: ByteBuffer(string: self.text))
    }
}

extension Dialer {
    /// Goes the way to the relay step by step, and asks it for an answer in pieces.
    package func look(on eventLoop: any EventLoop, asking plan: ProbePlan) async -> Way {
        var way = Way()
        let start = NIODeadline.now()
        do {
            let channel = try await self.connect(on: eventLoop)
            defer { channel.close(promise: nil) }
            way.connected = .now() - start
            if let proxy {
                try await self.pass(proxy, channel)
                way.isThroughProxy = true
            }
            let (answer, sight) = try await self.ask(channel, for: plan)
            way.certificate = sight.certificate
            way.isSecured = sight.isSecured
            way.failure = sight.failure
            way.answer = answer
        } catch let failure as DialFailure {
            way.failure = failure
        } catch {
            way.failure = DialFailure(.connect, "\(error)")
        }
        return way
    }

    private struct Sight: Sendable {
        var certificate: NIOSSLCertificate?
        var isSecured = false
        var failure: DialFailure?
    }

    private func ask(
        _ channel: any Channel,
        for plan: ProbePlan
    ) async throws -> (WayAnswer?, Sight) {
        let patience = self.patience.upgrade + .milliseconds(Int64(plan.silence + plan.pieces * plan.every))
        return try await channel.eventLoop.flatSubmit {
            let promise = channel.eventLoop.makePromise(of: WayAnswer.self)
            let reader = WayReader(promise)
            var tls: NIOSSLClientHandler?
            do {
                let pipeline = channel.pipeline.syncOperations
                tls = try self.context.map { try self.trust.handler($0, relay: self.relay) }
                if let tls { try pipeline.addHandler(tls) }
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandler(reader)
                reader.ask(self.probe("\(TunnelUpgrade.probePath)?\(plan.query)"), on: channel)
            } catch {
                promise.fail(error)
            }
            let deadline = channel.eventLoop.assumeIsolated().scheduleTask(in: patience) {
                reader.giveUp()
            }
            return promise.futureResult.assumeIsolated().map { answer -> (WayAnswer?, Sight) in
                deadline.cancel()
                return (answer, Sight(certificate: tls?.peerCertificate, isSecured: tls == nil || reader.isSecured))
            }.flatMapError { error in
                deadline.cancel()
                let isSecured = tls == nil || reader.isSecured
                let failure =
                    isSecured && !(error is BoringSSLError)
                    ? DialFailure.exchange(error, .upgrade, with: "\(self.relay)", advice: "Check the relay's address")
                    : DialFailure.handshake(error, self.relay, self.trust, shown: tls?.peerCertificate)
                let sight = Sight(certificate: tls?.peerCertificate, isSecured: isSecured, failure: failure)
                return channel.eventLoop.makeSucceededFuture((nil, sight)).assumeIsolated()
            }.nonisolated()
        }.get()
    }

    private func probe(_ uri: String) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "host", value: self.relay.authority)
        headers.add(name: "authorization", value: "Bearer \(self.token)")
        headers.add(name: TunnelUpgrade.versionHeader, value: self.software)
        headers.add(name: "accept", value: "text/event-stream")
        headers.add(name: "connection", value: "close")
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers)
    }

    /// Opens a tunnel in one carrier, waits for the relay's welcome, and closes it.
    /// - Returns: what the token may publish.
    /// - Throws: ``DialFailure``.
    package func knock(in carrier: Carrier, on eventLoop: any EventLoop) async throws -> [String] {
        var dialer = self
        dialer.carriers = Carriers(CarrierMemory(carrier == .upgrade ? .upgrade : .websocket))
        let promise = eventLoop.makePromise(of: [String].self)
        do {
            try await dialer.dial(
                on: eventLoop,
                generation: 1,
                logger: .init(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
            ) { [software = self.software] _ in Visitor(software: software, promise) }
        } catch {
            promise.fail(error)
        }
        return try await promise.futureResult.get()
    }
}

/// A tunnel that is opened to see whether it opens.
private final class Visitor: TunnelDelegate {
    private let software: String
    private let promise: EventLoopPromise<[String]>

    init(software: String, _ promise: EventLoopPromise<[String]>) {
        self.software = software
        self.promise = promise
    }

    func tunnelReady(_ tunnel: Tunnel) {
        tunnel.send(.hello(.init(software: self.software, streams: 1, tunnel: 0)))
        // A carrier that breaks what follows the upgrade leaves nothing but silence.
        tunnel.eventLoop.assumeIsolated().scheduleTask(in: UplinkTunnel.patience) {
            tunnel.close(reason: "the relay did not welcome the tunnel in time")
        }
    }

    func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? { nil }

    func tunnel(_ tunnel: Tunnel, received message: ControlMessage) {
        guard case .welcome(let welcome) = message else { return }
        self.promise.succeed(welcome.scope)
        tunnel.close(reason: "only looking")
    }

    func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        let words = "the tunnel opened and ended before the relay's first word: \(closure)"
        self.promise.fail(DialFailure(.upgrade, words, mayBeTheCarrier: true))
    }
}

/// Reads an answer and remembers when its pieces came.
private final class WayReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private var promise: EventLoopPromise<WayAnswer>?
    private var answer = WayAnswer()
    private var hasBegun = false
    private var start = NIODeadline.now()
    private(set) var isSecured = false

    init(_ promise: EventLoopPromise<WayAnswer>) {
        self.promise = promise
    }

    func ask(_ head: HTTPRequestHead, on channel: any Channel) {
        self.start = .now()
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.hasBegun = true
            self.answer.status = Int(head.status.code)
            self.answer.headers = head.headers
        case .body(let bytes):
            guard self.answer.text.utf8.count < HTTPAnswer.longestBody else { return }
            self.answer.text += String(buffer: bytes)
            self.takeEvents()
        case .end:
            self.answer.isWhole = true
            self.finish()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { self.isSecured = true }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.hasBegun { self.finish() } else { self.fail(error) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.hasBegun { self.finish() } else { self.fail(ChannelError.eof) }
        context.fireChannelInactive()
    }

    /// It took too long.
    func giveUp() {
        if self.hasBegun { self.finish() } else { self.fail(StepTimedOut()) }
    }

    private func takeEvents() {
        while let end = self.answer.text.utf8.firstRange(of: "\n\n".utf8) {
            let event = String(self.answer.text[..<end.lowerBound])
            self.answer.text = String(self.answer.text[end.upperBound...])
            guard event.hasPrefix("data: ") else { continue }
            self.answer.events.append((String(event.dropFirst(6)), .now() - self.start))
        }
    }

    private func finish() {
        self.answer.ended = .now() - self.start
        self.promise?.succeed(self.answer)
        self.promise = nil
    }

    private func fail(_ error: any Error) {
        self.promise?.fail(error)
        self.promise = nil
    }
}
