package import NIOCore

/// What a tunnel asks of its socket, the same at both ends.
///
/// Little is to wait where nobody can reach it any more: what has not left the tunnel's own queues is merged with what comes behind it
/// on its stream, makes the model server wait, and is forgotten with its call.
package enum TunnelSocket {
    /// How much may wait in the channel, in bytes.
    package static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1_024, high: 128 * 1_024)

    /// Linux' TCP_NOTSENT_LOWAT (`tcp_notsent_lowat` in the kernel's ip-sysctl.rst), in bytes: the socket takes no more while so much
    /// was not sent yet. Without it the kernel takes megabytes as soon as a peer falls behind.
    package static let unsentOption = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25))
    package static let unsent = 128 * 1_024

    /// Linux' TCP_USER_TIMEOUT (tcp(7)), in milliseconds: data that nobody acknowledges for so long means that the way is gone.
    package static let patienceOption = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
}
