internal import Accounts
private import HTTPTypes
internal import Hummingbird
private import Ledger
internal import Logging
private import NIOCore

/// Turns whatever a route throws into a ``Problem``, and unknown routes too.
struct ProblemMiddleware: RouterMiddleware {
    let operations: [Operation]
    let logger: Logger

    func handle(
        _ request: Request,
        context: AdministrationContext,
        next: (Request, AdministrationContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return try self.answer(to: error, request).response
        }
    }

    private func answer(to error: any Error, _ request: Request) -> Problem {
        if let error = error as? HTTPError, error.status == .notFound { return self.nothing(request) }
        if let problem = Self.problem(for: error) { return problem }
        self.logger.error(
            "administration request failed",
            metadata: ["method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)"]
        )
        return Problem(.internalServerError, "The relay could not do it; its log says why.")
    }

    /// The status that an error is answered with.
    static func status(of error: any Error) -> Int { self.problem(for: error)?.status.code ?? 500 }

    /// `nil` for what nobody has expected.
    private static func problem(for error: any Error) -> Problem? {
        switch error {
        case let problem as Problem: problem
        case let error as DirectoryError: Problem(error)
        case let error as LedgerError: Problem(error)
        case let error as DecodingError: Problem(error)
        case is PasswordBench.Busy:
            Problem(
                .serviceUnavailable,
                "Too many passwords are being looked at: try again in a moment.",
                headers: [.retryAfter: "1"]
            )
        case is NIOTooManyBytesError: .tooLarge
        case let error as HTTPError: Problem(error.status, error.body ?? error.status.reasonPhrase)
        default: nil
        }
    }

    /// Nothing is at the path, or nothing with this method.
    private func nothing(_ request: Request) -> Problem {
        let base = AdministrationAPI.basePath + "/"
        let path = request.uri.path
        let methods =
            path.hasPrefix(base)
            ? self.operations.filter { $0.matches(path.dropFirst(base.count)) }.map(\.method.rawValue).sorted() : []
        guard methods.isEmpty else {
            return Problem(
                .methodNotAllowed,
                "\(request.method) is not possible here; allowed: \(methods.joined(separator: ", ")).",
                headers: [.allow: methods.joined(separator: ", ")]
            )
        }
        return Problem(.notFound, "There is no route \(request.method) \(path.prefix(200)).")
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
