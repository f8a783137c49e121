extension QMux {
    /// What one end allows the other.
    package struct Settings: Hashable, Sendable {
        /// Bytes of one stream that may be under way, each direction.
        package var streamWindow = 1 << 20
        /// After how many bytes that were taken their credit is given back, half a window at the most.
        ///
        /// Credit also says what a sender may forget of an answer that could have to go on in another tunnel: small steps keep
        /// that little, and are one small frame for some hundred tokens.
        package var creditStep = 64 << 10
        /// Bytes of all streams together that may be under way.
        package var connectionWindow = 16 << 20
        /// The largest record that is taken, in bytes without its size; never below the protocol's default of 16,382.
        package var maximumRecordSize = 64 << 10
        /// Streams that the peer may have open at once.
        package var concurrentStreams = 4_096
        /// Milliseconds of silence after which this end gives the connection up; 0 says nothing of it to the peer.
        ///
        /// The machine has no clock: it only tells the peer, and answers what was agreed
        /// (``Connection/idleTimeout``). The driver keeps the time.
        package var idleTimeout = 0
        /// How much may wait on a stream before its writer is asked to wait; it hears when half of it is left.
        package var streamBuffer = 256 << 10

        package init() {}
    }
}
