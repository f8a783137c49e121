/// One stream: both directions, and its place in the line of those that can send.
struct StreamState {
    var id: QMux.StreamID
    var sending: SendingSide
    var receiving: ReceivingSide
    /// Whether the stream has its number in the table; afterwards only its slot is kept, until `.closed` was delivered.
    var isOpen = true
    var place = StreamLine.Place()

    init(id: QMux.StreamID, sendMaximum: UInt64, receiveMaximum: UInt64) {
        self.id = id
        self.sending = SendingSide(maximum: sendMaximum)
        self.receiving = ReceivingSide(advertised: receiveMaximum)
    }

    var isOver: Bool { self.sending.isOver && self.receiving.isOver }
}
