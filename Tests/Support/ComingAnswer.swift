private import NIOCore
private import Synchronization

/// An answer that is taken piece by piece as it comes.
package final class ComingAnswer: Sendable {
    package let connection: WireConnection
    private let parser: Mutex<AnswerParser>

    package init(connection: WireConnection, isForHead: Bool = false) {
        self.connection = connection
        var parser = AnswerParser()
        parser.isForHead = isForHead
        self.parser = Mutex(parser)
    }

    /// The head of the answer; informational ones are passed over.
    package func head() async throws -> AnswerHead {
        while true {
            switch try await self.next() {
            case .head(let head):
                if head.status >= 200 { return head }
            case .piece, .end:
                throw BadAnswer("a body came before its head")
            case nil:
                throw BadAnswer("the connection was closed before an answer")
            }
        }
    }

    /// The next bytes of the body, as many as have come, or `nil` when it is complete.
    package func piece() async throws -> String? {
        switch try await self.next() {
        case .piece(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .end, nil: return nil
        case .head: throw BadAnswer("a second answer came inside the first")
        }
    }

    /// The rest of the body.
    package func rest() async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            switch try await self.next() {
            case .piece(let bytes): body += bytes
            case .end, nil: return body
            case .head: throw BadAnswer("a second answer came inside the first")
            }
        }
    }

    /// Head and body.
    package func whole() async throws -> Answer {
        let head = try await self.head()
        return Answer(head: head, body: try await self.rest())
    }

    /// Waits until the body so far ends with a text; answers all of it that was not taken before.
    package func text(until end: String) async throws -> String {
        var text = ""
        while !text.hasSuffix(end) {
            guard let piece = try await self.piece() else {
                throw BadAnswer("the body ended before «\(end)» came: «\(text.suffix(500))»")
            }
            text += piece
        }
        return text
    }

    /// Goes away without waiting for the rest.
    package func leave() {
        self.connection.leave()
    }

    private func next() async throws -> AnswerParser.Part? {
        while true {
            if let part = try self.parser.withLock({ try $0.next() }) { return part }
            guard let bytes = try await self.connection.received.next() else {
                try self.parser.withLock { try $0.closed() }
                return nil
            }
            self.parser.withLock { $0.receive(bytes.readableBytesView) }
        }
    }
}
