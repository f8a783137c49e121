private import Glibc
package import NIOCore

/// The socket of a connection without TLS: what the kernel takes at once is handed to it without a way through the channel.
///
/// A channel keeps account of every write, to which one that succeeds on the spot adds nothing; for a token of an answer that
/// is a sixth of all that the relay does. What the kernel does not take goes through the channel, which waits and pushes back.
/// Used on the channel's event loop only.
package struct PlainSocket {
    private let channel: any Channel
    private let descriptor: NIOBSDSocket.Handle
    /// Whether something went through the channel, and may still be there.
    private var channelIsUsed = false

    /// - Returns: `nil` when the channel has no socket of its own.
    package init?(_ channel: any Channel) {
        let operations = channel.pipeline.syncOperations
        let descriptor = try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        guard let descriptor else { return nil }
        self.init(channel, descriptor: descriptor)
    }

    /// - Parameter descriptor: the channel's, as long as it is active.
    package init(_ channel: any Channel, descriptor: NIOBSDSocket.Handle) {
        self.channel = channel
        self.descriptor = descriptor
    }

    /// Something was written to the channel: nothing goes past it before that has left.
    package mutating func useChannel() {
        self.channelIsUsed = true
    }

    /// Whether bytes may go past the channel now: nothing that was written before them waits there.
    package mutating func isOpen() -> Bool {
        guard self.channelIsUsed else { return true }
        guard (try? self.channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0 else { return false }
        self.channelIsUsed = false
        return true
    }

    /// Sends what the kernel takes without waiting, where the socket ``isOpen()``.
    ///
    /// A connection that is no longer active has closed its descriptor, whose number may be another connection's by now; the
    /// channel closes it on this event loop and says so before anybody else is called.
    /// - Returns: how many bytes were sent: 0 also after any error, which the channel meets again with the same bytes.
    package func send(_ bytes: ByteBuffer) -> Int {
        guard self.channel.isActive else { return 0 }
        let descriptor = self.descriptor
        return bytes.withUnsafeReadableBytes { max(0, Glibc.send(descriptor, $0.baseAddress, $0.count, Self.flags)) }
    }

    private static let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
}
