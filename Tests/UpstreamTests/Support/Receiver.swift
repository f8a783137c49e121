import NIOCore

@testable import Upstream

/// Remembers what an exchange tells, one word an event.
final class Receiver: AnswerReceiver {
    private(set) var events: [String] = []
    private(set) var exchange: (any UpstreamExchange)?
    /// Called after each event.
    var heard: (String) -> Void = { _ in }

    private func hear(_ event: String) {
        self.events.append(event)
        self.heard(event)
    }

    /// Takes over an exchange that was open at once.
    func take(_ opening: UpstreamOpening) {
        if case .open(let exchange) = opening { self.exchangeOpened(exchange) }
    }

    func exchangeOpened(_ exchange: any UpstreamExchange) {
        self.exchange = exchange
        self.hear("opened")
    }

    func exchangeFailedToOpen(_ error: any Error) { self.hear("failed") }
    func exchangeWritable() { self.hear("writable") }
    func answerBegan(_ head: AnswerHead) { self.hear("\(head.status)") }
    func answerContinued(_ bytes: ByteBuffer) { self.hear(String(buffer: bytes)) }
    func answerEnded() { self.hear("end") }
    func answerReadComplete() { self.hear(".") }
    func answerBroke(_ error: any Error) { self.hear("broke") }

    /// Sends a whole small request.
    func ask(_ path: String = "/v1/embeddings", _ body: String = "{}") {
        let opening = ByteBuffer(string: "POST \(path) HTTP/1.1\r\nhost: x\r\n")
        self.exchange?.send(
            head: UpstreamRequestHead(opening: opening, path: path, length: .known(body.utf8.count), fields: [])
        )
        self.exchange?.send(body: ByteBuffer(string: body))
        self.exchange?.sendEnd()
        self.exchange?.flush()
    }
}
