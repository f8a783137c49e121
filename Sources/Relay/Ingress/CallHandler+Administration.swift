import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// Requests for administration, which come over the same port: read whole, answered elsewhere.
extension CallHandler {
    /// One whose body is not complete.
    struct Petition {
        var head: HTTPRequestHead
        var body = ByteBuffer()
        var isTooLarge = false
        var lastProgress: NIODeadline
    }

    /// Whether the path is one of administration, and somebody is there who answers.
    func isAdministration(_ path: Substring) -> Bool {
        guard let door = self.site.administration, path.utf8.starts(with: "/admin/".utf8) else { return false }
        return door.isOpen(to: self.address)
    }

    func beginPetition(_ head: HTTPRequestHead, now: NIODeadline) {
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" { self.writeContinue() }
        self.phase = .petitioning(Petition(head: head, lastProgress: now))
    }

    /// Keeps a piece of the body, as far as there is room.
    func collect(_ bytes: ByteBuffer, of petition: Petition) {
        var petition = petition
        self.phase = .idle
        petition.lastProgress = .now()
        if petition.body.readableBytes + bytes.readableBytes <= self.site.administration?.bodyLimit ?? 0 {
            petition.body.writeImmutableBuffer(bytes)
        } else {
            petition.isTooLarge = true
            petition.body = ByteBuffer()
        }
        self.phase = .petitioning(petition)
    }

    /// The request is complete: has it answered, and goes on when the answer is there.
    func submit(_ petition: Petition) {
        self.phase = .answering
        guard let door = self.site.administration, let eventLoop = self.context?.eventLoop else { return }
        let request = AdministrationRequest(
            method: petition.head.method.rawValue,
            target: petition.head.uri,
            headers: petition.head.headers.map { ($0.name, $0.value) },
            body: petition.isTooLarge ? nil : petition.body,
            address: self.address
        )
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        Task {
            let answer = await door.answer(request)
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
