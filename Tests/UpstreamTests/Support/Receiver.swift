import NIOCore
import NIOHTTP1

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
    func answerBegan(_ head: HTTPResponseHead) { self.hear("\(head.status.code)") }
    func answerContinued(_ bytes: ByteBuffer) { self.hear(String(buffer: bytes)) }
    func answerEnded() { self.hear("end") }
    func answerReadComplete() { self.hear(".") }
    func answerBroke(_ error: any Error) { self.hear("broke") }

    /// Sends a whole small request.
    func ask(_ path: String = "/v1/embeddings", _ body: String = "{}") {
        let headers: HTTPHeaders = ["host": "x", "content-length": "\(body.utf8.count)"]
        self.exchange?.send(head: HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers))
        self.exchange?.send(body: ByteBuffer(string: body))
        self.exchange?.sendEnd()
        self.exchange?.flush()
    }
}
