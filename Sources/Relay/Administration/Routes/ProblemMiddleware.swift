internal import Accounts
internal import Hummingbird
internal import Logging
private import NIOCore

/// Turns whatever a route throws into a ``Problem``, and unknown routes too.
struct ProblemMiddleware: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request,
        context: AdministrationContext,
        next: (Request, AdministrationContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return try self.problem(for: error, request).response
        }
    }

    private func problem(for error: any Error, _ request: Request) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let error as DirectoryError: Problem(error)
        case let error as DecodingError: Problem(error)
        case is NIOTooManyBytesError:
            Problem(.contentTooLarge, "The body is larger than \(AdministrationAPI.bodyLimit) bytes.")
        case let error as HTTPError where error.status == .notFound:
            Problem(.notFound, "There is no route \(request.method) \(request.uri.path).")
        case let error as HTTPError:
            Problem(error.status, error.body ?? error.status.reasonPhrase)
        default: self.defect(error, request)
        }
    }

    /// Tells the log what went wrong, and the caller that something did.
    private func defect(_ error: any Error, _ request: Request) -> Problem {
        self.logger.error(
            "administration request failed",
            metadata: ["method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)"]
        )
        return Problem(.internalServerError, "The relay could not do it; its log says why.")
    }
}

extension Problem {
    /// What is wrong with a document.
    fileprivate init(_ error: DecodingError) {
        let detail =
            switch error {
            case .keyNotFound(let key, _): "The member \(key.stringValue) is missing."
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                Self.sentence(context)
            @unknown default: "The body is not understood."
            }
        self.init(.badRequest, detail)
    }

    private static func sentence(_ context: DecodingError.Context) -> String {
        // Times that are none come without a path.
        if context.codingPath.isEmpty { return "The body is not understood: \(context.debugDescription)" }
        return "The member \(context.codingPath.map(\.stringValue).joined(separator: ".")) is not of the right kind."
    }
}
