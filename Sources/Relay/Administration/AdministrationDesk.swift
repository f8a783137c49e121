private import HTTPTypes
internal import Hummingbird
internal import Logging
package import NIOCore
package import Vocabulary

/// The same API for requests that somebody else has read: those that come over the relay's public port.
package struct AdministrationDesk: Sendable {
    /// A request, whole.
    package struct Question: Sendable {
        package var method: String
        /// Path and query.
        package var target: String
        /// The host that was asked, as `host` or `:authority` says.
        package var authority: String?
        package var headers: [(name: String, value: String)]
        /// `nil` when it was larger than ``AdministrationAPI/bodyLimit``.
        package var body: ByteBuffer?
        /// Where it comes from.
        package var address: NetworkAddress?

        package init(
            method: String,
            target: String,
            authority: String?,
            headers: [(name: String, value: String)],
            body: ByteBuffer?,
            address: NetworkAddress?
        ) {
            self.method = method
            self.target = target
            self.authority = authority
            self.headers = headers
            self.body = body
            self.address = address
        }
    }

    /// An answer, whole.
    package struct Answer: Sendable {
        package var status: Int
        package var headers: [(name: String, value: String)]
        package var body: ByteBuffer
    }

    private let respond: @Sendable (Request, AdministrationContext) async throws -> Response
    private let logger: Logger

    /// - Parameter service: what answers through the socket too.
    package init(_ service: AdministrationService) {
        let responder = service.router().buildResponder()
        self.respond = { try await responder.respond(to: $0, context: $1) }
        self.logger = service.logger
    }

    /// Answers whatever is asked.
    package func answer(_ question: Question) async -> Answer {
        do {
            guard let body = question.body else { throw Problem.tooLarge }
            guard let method = HTTPRequest.Method(question.method) else {
                throw Problem(.badRequest, "The method is none.")
            }
            var fields = HTTPFields()
            for (name, value) in question.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            let head = HTTPRequest(
                method: method,
                scheme: nil,
                authority: question.authority,
                path: question.target,
                headerFields: fields
            )
            let context = AdministrationContext(.network(question.address), logger: self.logger)
            return try await Answer(self.respond(Request(head: head, body: RequestBody(buffer: body)), context))
        } catch let problem as Problem {
            if let response = try? problem.response, let answer = try? await Answer(response) { return answer }
        } catch {
            self.logger.error("administration request failed", metadata: ["error": "\(error)"])
        }
        return Answer(status: 500, headers: [], body: ByteBuffer())
    }
}

extension AdministrationDesk.Answer {
    fileprivate init(_ response: Response) async throws {
        let pieces = Pieces()
        try await response.body.write(pieces)
        self.init(
            status: response.status.code,
            headers: response.headers.filter { $0.name != .contentLength }
                .map { ($0.name.canonicalName, $0.value) },
            body: pieces.all
        )
    }
}

/// Gathers a body.
private final class Pieces: ResponseBodyWriter {
    private(set) var all = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws {
        self.all.writeImmutableBuffer(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
