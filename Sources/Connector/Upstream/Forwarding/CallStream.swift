import NIOCore
import TunnelProtocol
import TunnelTransport

/// A call's stream as its forwarder uses it: the tunnel's own, or a script in tests.
protocol CallStream {
    func send(_ bytes: ByteBuffer, isFinal: Bool)
    func takesMore() -> Bool
    /// How many bytes the relay has taken for certain.
    var taken: UInt64 { get }
    func consumed(_ count: Int)
    func stopSending(_ code: ApplicationErrorCode)
    func abandon(_ code: ApplicationErrorCode)
    /// Gives the stream to another handler.
    func hand(to handler: any TunnelStreamHandler)
}

extension TunnelStream: CallStream {}
