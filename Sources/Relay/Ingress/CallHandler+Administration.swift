import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// Requests for administration, which come over the same port: read whole, answered elsewhere.
extension CallHandler {
    /// One whose body is not complete.
    final class AdministrationReading {
        let head: HTTPRequestHead
        var body = ByteBuffer()
        var isTooLarge = false
        var lastProgress: NIODeadline

        init(_ head: HTTPRequestHead, at now: NIODeadline) {
            self.head = head
            self.lastProgress = now
        }
    }

    /// Whether the path is one of administration, and somebody is there who answers.
    func isAdministration(_ path: Substring) -> Bool {
        guard let administration = self.site.administration, path.utf8.starts(with: "/admin/".utf8) else {
            return false
        }
        return administration.isOpen(to: self.address)
    }

    func beginAdministration(_ head: HTTPRequestHead, now: NIODeadline) {
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" { self.writeContinue() }
        self.phase = .readingAdministration(AdministrationReading(head, at: now))
    }

    /// Keeps a piece of the body, as far as there is room.
    func collect(_ bytes: ByteBuffer, of reading: AdministrationReading) {
        reading.lastProgress = .now()
        if reading.body.readableBytes + bytes.readableBytes <= self.site.administration?.bodyLimit ?? 0 {
            reading.body.writeImmutableBuffer(bytes)
        } else {
            reading.isTooLarge = true
            reading.body = ByteBuffer()
        }
    }

    /// The request is complete: has it answered, and goes on when the answer is there.
    func submit(_ reading: AdministrationReading) {
        self.phase = .answering
        guard let administration = self.site.administration, let eventLoop = self.context?.eventLoop else { return }
        let request = AdministrationRequest(
            method: reading.head.method.rawValue,
            target: reading.head.uri,
            headers: reading.head.headers.map { ($0.name, $0.value) },
            body: reading.isTooLarge ? nil : reading.body,
            address: self.address
        )
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        Task {
            let answer = await administration.answer(request)
            eventLoop.execute { handler.value.write(answer) }
        }
    }

    private func write(_ answer: AdministrationAnswer) {
        guard case .answering = self.phase, self.context != nil else { return }
        // No other site's page is allowed anything here.
        self.asked.origin = nil
        let extra = [("x-content-type-options", "nosniff")] + answer.headers.map { ($0.name, $0.value) }
        self.whole(HTTPResponseStatus(statusCode: answer.status), type: nil, pieces: [answer.body], extra: extra)
    }
}
