import Gateway
import NIOCore
import NIOHTTP2

/// Stays at the end of an HTTP/2 connection: ends it when it carries nothing for long, and in order when the relay stops.
final class HTTP2Watch: ChannelInboundHandler, CallLane.Pulsed {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let lane: CallLane
    private let idle: TimeAmount
    private let goAway: GoAwayWatch
    private var context: ChannelHandlerContext?
    private var streams = 0
    private var lastStream = HTTP2StreamID.rootStream
    /// When the last stream was over, or when something was last taken of what was written by then.
    private var idleSince: NIODeadline
    private var isLeaving = false
    /// The least that was untaken since the last stream, in bytes: whoever has vanished takes nothing of what is written behind the answers.
    private var untaken = 0
    /// Whether a call is not over, or its answer not taken.
    var hasUntaken: Bool { self.streams > 0 || min(self.untaken, self.context?.channel.untaken ?? 0) > 0 }
    var pulseIndex = -1

    /// - Parameter idle: how long a connection may be without a stream.
    init(lane: CallLane, goAway: GoAwayWatch, idle: TimeAmount, now: NIODeadline = .now()) {
        self.lane = lane
        self.goAway = goAway
        self.idle = idle
        self.idleSince = now
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.lane.watch(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.lane.unwatch(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.lane.unwatch(self)
        context.fireChannelInactive()
    }

    /// The codec answers what is broken, and leaves the connection open: a peer that broke all of it might keep it for ever.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.goAway.hasFailed || !(error is any NIOHTTP2Error) { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is RelayIsLeaving { self.warn() }
        if event is RelayIsStopping { self.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func tick(now: NIODeadline) {
        guard self.streams == 0 else { return }
        self.lookWhatIsTaken(now)
        if self.isLeaving {
            self.closeWhenTaken(now)
        } else if now - self.idleSince >= self.idle {
            self.leave()
        }
    }

    func opened(_ stream: HTTP2StreamID) {
        self.streams += 1
        self.untaken = .max
        self.lastStream = max(stream, self.lastStream)
    }

    func closed(_ stream: HTTP2StreamID) {
        self.streams -= 1
        self.idleSince = .now()
        guard self.streams == 0, self.isLeaving, let context else { return }
        // The codec tells of the end before it writes the frame that is the end.
        context.eventLoop.assumeIsolated().execute {
            self.context?.flush()
            self.closeWhenTaken(.now())
        }
    }

    /// Closes once the answers are taken, or nothing of them is taken any more.
    private func closeWhenTaken(_ now: NIODeadline) {
        self.lookWhatIsTaken(now)
        if self.untaken == 0 || now - self.idleSince >= self.idle { self.context?.close(promise: nil) }
    }

    /// Must be asked before anything is written that belongs to no answer.
    private func lookWhatIsTaken(_ now: NIODeadline) {
        guard self.streams == 0, self.untaken > 0, let context else { return }
        let untaken = context.channel.untaken
        guard untaken < self.untaken else { return }
        self.untaken = untaken
        self.idleSince = now
    }

    /// Tells the client to open its next streams elsewhere; those that are on their way are still taken (RFC 9113 §6.8).
    private func warn() {
        guard let context, !self.isLeaving else { return }
        self.lookWhatIsTaken(.now())
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
        )
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }

    /// Takes no more streams, and closes behind the last one (RFC 9113 §6.8).
    private func leave() {
        guard let context, !self.isLeaving else { return }
        self.isLeaving = true
        self.lookWhatIsTaken(.now())
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .goAway(lastStreamID: self.lastStream, errorCode: .noError, opaqueData: nil)
        )
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
        if self.streams == 0 { self.closeWhenTaken(.now()) }
    }

    /// Tells the watch of a connection's streams.
    struct Streams: NIOHTTP2StreamDelegate {
        let watch: NIOLoopBound<HTTP2Watch>

        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { self.watch.value.opened(id) }
        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) { self.watch.value.closed(id) }
    }
}
