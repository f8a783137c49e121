import NIOCore
import Routing
import TunnelProtocol
import TunnelTransport

/// A call's stream as its exchange sees it: on the same event loop, where it is used straight away, or on another one.
///
/// With as many tunnels as event loops nearly every call finds a tunnel on its own loop. For the rest each burst of
/// bytes crosses over once.
enum CallStream {
    case none
    case here(TunnelStream)
    case elsewhere(NIOLoopBoundBox<CrossingStream>)

    /// Opens a stream and sends a whole request on it; `.none` when the tunnel takes no stream now.
    ///
    /// Where the call may go on in another tunnel, the relay's direction stays open behind the request: its end says that the relay
    /// has the whole answer.
    static func open(on entry: TunnelEntry, for exchange: Exchange, lane: CallLane, request: [ByteBuffer]) -> CallStream
    {
        if entry.eventLoop === lane.eventLoop {
            guard let stream = entry.tunnel.value.openStream(exchange) else { return .none }
            stream.sendWhole(request, isFinal: !entry.resumes)
            return .here(stream)
        }
        let crossing = CrossingStream(
            exchange: NIOLoopBound(exchange, eventLoop: lane.eventLoop),
            number: exchange.opened,
            staysOpen: entry.resumes
        )
        let bound = NIOLoopBoundBox.makeBoxSendingValue(crossing, eventLoop: entry.eventLoop)
        entry.eventLoop.execute { bound.value.open(on: entry.tunnel.value, request: request) }
        return .elsewhere(bound)
    }

    func consumed(_ count: Int) {
        guard count > 0 else { return }
        switch self {
        case .none: break
        case .here(let stream): stream.consumed(count)
        case .elsewhere(let crossing): crossing.eventLoop.execute { crossing.value.stream?.consumed(count) }
        }
    }

    /// Abandons both directions, as far as they are not over; the exchange hears nothing more of this stream.
    func abandon(_ code: ApplicationErrorCode) {
        switch self {
        case .none: break
        case .here(let stream): stream.abandon(code)
        case .elsewhere(let crossing): crossing.eventLoop.execute { crossing.value.abandon(code) }
        }
    }
}

extension TunnelStream {
    /// Sends the pieces of a request.
    /// - Parameter isFinal: whether the last one is.
    func sendWhole(_ pieces: [ByteBuffer], isFinal: Bool) {
        for (index, piece) in pieces.enumerated() {
            self.send(piece, isFinal: isFinal && index == pieces.count - 1)
        }
    }
}
