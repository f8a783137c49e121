private import Glibc
import NIOCore

/// The socket of a connection without TLS: what the kernel takes at once is handed to it without a way through the channel.
///
/// A channel keeps account of every write, to which one that succeeds on the spot adds nothing; for a token of an answer that
/// is a sixth of all that the relay does. What the kernel does not take goes through the channel, which waits and pushes back.
/// Used on the channel's event loop only.
struct PlainSocket {
    private let channel: any Channel
    private let descriptor: NIOBSDSocket.Handle

    /// - Returns: `nil` when the channel has no socket of its own.
    init?(_ channel: any Channel) {
        let operations = channel.pipeline.syncOperations
        let descriptor = try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        guard let descriptor else { return nil }
        self.init(channel, descriptor: descriptor)
    }

    /// - Parameter descriptor: the channel's, as long as it is active.
    init(_ channel: any Channel, descriptor: NIOBSDSocket.Handle) {
        self.channel = channel
        self.descriptor = descriptor
    }

    /// Whether the channel has nothing left of what was written to it: only then may bytes go past it.
    var isChannelEmpty: Bool {
        (try? self.channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0
    }

    /// Sends what the kernel takes without waiting.
    ///
    /// A connection that is no longer active has closed its descriptor, whose number may be another connection's by now; the
    /// channel closes it on this event loop and says so before anybody else is called.
    /// - Returns: how many bytes were sent: 0 also after any error, which the channel meets again with the same bytes.
    func send(_ bytes: ByteBuffer) -> Int {
        guard self.channel.isActive else { return 0 }
        let descriptor = self.descriptor
        return bytes.withUnsafeReadableBytes { max(0, Glibc.send(descriptor, $0.baseAddress, $0.count, Self.flags)) }
    }

    private static let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
}
