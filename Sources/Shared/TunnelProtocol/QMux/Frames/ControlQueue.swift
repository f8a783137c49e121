/// What is to be said beside streams' bytes, as intentions: values are filled in when they are written.
///
/// So a credit or an answer that waits is said once and as it is then, and the queue is bounded even when the peer reads
/// nothing: one of each kind for the connection, three for each stream that the peer could open.
struct ControlQueue {
    /// Said before everything else.
    var parameters: TransportParameters?
    var ping: UInt64?
    var pingAnswer: UInt64?
    var owesMaximumData = false
    var owesMaximumStreams = false
    /// Said after everything else.
    var close: QMux.ConnectionError?

    /// What is to be said of one stream; a reset outlives the stream's slot.
    enum OfStream {
        case reset(id: UInt64, code: UInt64, finalSize: UInt64)
        case stop(id: UInt64, code: UInt64)
        case credit(QMux.StreamHandle)
    }

    var ofStreams = DrainingQueue<OfStream>()

    var isEmpty: Bool {
        self.ofStreams.isEmpty && !self.owesMaximumData && !self.owesMaximumStreams && self.pingAnswer == nil
            && self.ping == nil && self.close == nil && self.parameters == nil
    }

    /// The connection is over: nothing is said but the error, and before it what must be said first.
    mutating func end(with error: QMux.ConnectionError?) {
        let parameters = self.parameters
        self = ControlQueue()
        guard let error else { return }
        self.parameters = parameters
        self.close = error
    }
}
