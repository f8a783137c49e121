import NIOCore
import TunnelProtocol
import TunnelTransport

/// A stream of a tunnel on another event loop than its call's, as the call uses it.
///
/// Only an answer that goes on in another tunnel gets there. Each piece crosses over by itself; what has crossed and was not taken yet
/// is bounded, so that the answer waits where it comes from.
final class FarStream: CallStream {
    /// Until the call is through with its stream: each end would keep the other, the call, and the whole tunnel.
    private var end: NIOLoopBound<FarStreamEnd>?
    private let eventLoop: any EventLoop
    /// The call holds its stream.
    private weak var forwarder: Forwarder?
    /// Bytes that have not arrived in the tunnel.
    private var crossing = 0
    private var isFull = false
    private var isAwaited = false
    private var known: UInt64 = 0

    /// On the call's event loop.
    init(_ end: NIOLoopBound<FarStreamEnd>, forwarder: Forwarder, eventLoop: any EventLoop) {
        self.end = end
        self.eventLoop = eventLoop
        self.forwarder = forwarder
    }

    var taken: UInt64 { self.known }

    func send(_ bytes: ByteBuffer, isFinal: Bool) {
        guard let end = self.end else { return }
        let count = bytes.readableBytes
        self.crossing += count
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        end.eventLoop.execute {
            let (isFull, taken) = end.value.send(bytes, isFinal: isFinal)
            bound.eventLoop.execute { bound.value.arrived(count, isFull: isFull, taken: taken) }
        }
    }

    func takesMore() -> Bool {
        guard self.isFull || self.crossing >= TunnelStream.highWater else { return true }
        self.isAwaited = true
        return false
    }

    func consumed(_ count: Int) {}

    func stopSending(_ code: ApplicationErrorCode) {
        guard let end = self.end else { return }
        end.eventLoop.execute { end.value.stream.stopSending(code) }
    }

    func abandon(_ code: ApplicationErrorCode) {
        guard let end = self.end else { return }
        self.end = nil
        end.eventLoop.execute { end.value.stream.abandon(code) }
    }

    func hand(to handler: any TunnelStreamHandler) {}

    private func arrived(_ count: Int, isFull: Bool, taken: UInt64) {
        self.crossing -= count
        self.known = taken
        self.isFull = isFull
        self.tellOfRoom()
    }

    /// The tunnel takes more again.
    func becameWritable() {
        self.isFull = false
        self.tellOfRoom()
    }

    private func tellOfRoom() {
        guard self.isAwaited, !self.isFull, self.crossing < TunnelStream.highWater / 2 else { return }
        self.isAwaited = false
        self.forwarder?.roomAgain(on: self)
    }
}

/// The other end of a ``FarStream``, on the tunnel's event loop.
final class FarStreamEnd: TunnelStreamHandler {
    let stream: any CallStream
    private let call: NIOLoopBound<Forwarder>
    private let number: Int

    init(_ stream: any CallStream, call: NIOLoopBound<Forwarder>, number: Int) {
        self.stream = stream
        self.call = call
        self.number = number
    }

    /// - Returns: whether no more should come now, and how much the relay has taken.
    func send(_ bytes: ByteBuffer, isFinal: Bool) -> (isFull: Bool, taken: UInt64) {
        self.stream.send(bytes, isFinal: isFinal)
        return (!self.stream.takesMore(), self.stream.taken)
    }

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) {
        self.stream.consumed(bytes.readableBytes)
    }

    func streamReadComplete() {}

    func streamReset(code: UInt64) { self.tell { $0.cancel() } }

    func streamStopped(code: UInt64) { self.tell { $0.cancel() } }

    func streamWritable() { self.tell { ($0.stream as? FarStream)?.becameWritable() } }

    func streamLost() { self.tell { $0.streamLost() } }

    func streamClosed() { self.tell { $0.cancel() } }

    /// Tells the call, as long as this is its stream.
    private func tell(_ body: @escaping @Sendable (Forwarder) -> Void) {
        let (call, number) = (self.call, self.number)
        call.eventLoop.execute {
            if call.value.kept?.stream == number { body(call.value) }
        }
    }
}
