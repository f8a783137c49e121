package import NIOCore

extension QMux.Connection {
    /// What happened.
    package enum Event {
        /// The peer's parameters arrived: streams may be opened.
        case ready
        /// The peer opened a stream.
        case streamOpened(QMux.StreamHandle)
        /// Bytes of a stream, a slice of what was received; empty only when they are final.
        case data(QMux.StreamHandle, ByteBuffer, isFinal: Bool)
        /// The peer abandoned its sending side.
        case reset(QMux.StreamHandle, code: UInt64)
        /// The peer wants no more of our bytes; our sending side has been reset.
        case stopSending(QMux.StreamHandle, code: UInt64)
        /// Half of the stream's buffer is free after it had been full.
        case writable(QMux.StreamHandle)
        /// The peer takes more streams after ``QMux/Connection/openStream()`` had answered `nil`.
        case streamsAvailable
        /// Both directions are over: the last event of the stream.
        case closed(QMux.StreamHandle)
        /// The peer answered a ping.
        case answeredPing(sequence: UInt64)
        /// The connection is over: the last event.
        case ended(QMux.ConnectionError)
    }
}
