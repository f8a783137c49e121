import NIOCore

/// A connection that is being made for one receiver; used on one event loop.
final class UpstreamAttempt {
    private var receiver: (any AnswerReceiver)?
    /// What is being connected: several at once when a name has several addresses.
    private var channels: [any Channel] = []

    init(receiver: any AnswerReceiver) {
        self.receiver = receiver
    }

    /// Nobody waits any more: what is being connected is closed, and nobody is told.
    func cancel() {
        self.receiver = nil
        self.closeChannels()
    }

    /// A channel begins to connect; answers whether anybody still waits for it.
    func begins(_ channel: any Channel) -> Bool {
        guard self.receiver != nil else { return false }
        self.channels.append(channel)
        return true
    }

    /// The connection was made; it carries the receiver's call from now on, or is closed when nobody waits.
    func succeeded(_ connection: UpstreamConnection) {
        self.channels = []
        guard let receiver else { return connection.close() }
        self.receiver = nil
        connection.carry(receiver)
        receiver.exchangeOpened(connection)
    }

    /// The connection could not be made.
    func failed(_ error: any Error) {
        let receiver = self.receiver
        self.receiver = nil
        self.closeChannels()
        receiver?.exchangeFailedToOpen(error)
    }

    private func closeChannels() {
        let channels = self.channels
        self.channels = []
        for channel in channels { channel.close(promise: nil) }
    }
}
