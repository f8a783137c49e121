internal import Accounts
private import FoundationEssentials
private import HTTPTypes
internal import Hummingbird
private import Logging
private import Synchronization

/// What a change turns out to be about, where the path does not say it.
final class Subject: Sendable {
    private let name = Mutex<String?>(nil)

    func set(_ name: String) { self.name.withLock { $0 = name } }

    var known: String? { self.name.withLock { $0 } }
}

/// Every change is written down: before it is made, so that none is without an entry, and once more when it is over.
extension AdministrationService {
    /// Carries an operation out for whoever may ask for it.
    func perform(_ operation: Operation, _ request: Request, _ context: AdministrationContext) async throws -> Response
    {
        guard !self.directory.gate.isClosed else { throw Problem.succession(context) }
        var context = context
        context.principal = try self.admit(request, context, to: operation)
        try Self.checkQuery(request, operation)
        guard operation.isAudited, let principal = context.principal else {
            return try await operation.handler(request, context)
        }
        var request = request
        let bytes = try await request.collectBody(upTo: context.maxUploadSize)
        // From here on another relay that wants the place waits; not before, for whoever is slow to send must not hold it up.
        guard self.directory.gate.enter() else { throw Problem.succession(context) }
        defer { self.directory.gate.leave() }
        let subject = context.parameters.first.flatMap { PathSegment.decode($0.value) }
        let entry = AuditEntry(
            time: self.directory.now(),
            actor: principal.name,
            means: principal.meansName,
            address: context.address,
            action: operation.id,
            subject: subject.map { String($0.prefix(200)) },
            details: Self.details(Data(bytes.readableBytesView), operation)
        )
        let id = try await self.open(entry)
        do {
            let response = try await operation.handler(request, context)
            await self.close(id, status: response.status.code, subject: context.subject.known)
            return response
        } catch {
            let status = ProblemMiddleware.status(of: error)
            await self.close(id, status: status, subject: context.subject.known)
            throw error
        }
    }

    /// Writes down a change that says by itself who made it.
    func record(_ entry: AuditEntry, status: Int) async throws {
        let id = try await self.open(entry)
        await self.close(id, status: status, subject: nil)
    }

    private func open(_ entry: AuditEntry) async throws -> Int {
        do {
            return try await self.trail.begin(entry)
        } catch {
            self.logger.error("the audit log cannot be written", metadata: ["error": "\(error)"])
            throw Problem(
                .internalServerError,
                "The audit log cannot be written, and nothing was changed; the relay's log says why."
            )
        }
    }

    private func close(_ id: Int, status: Int, subject: String?) async {
        do {
            // What was refused has changed nothing; whether a failure has, nobody knows.
            if (400..<500).contains(status) {
                try await self.trail.withdraw(id)
            } else {
                try await self.trail.finish(id, status: status, subject: subject)
            }
        } catch {
            self.logger.error("the audit log does not know how a change ended", metadata: ["error": "\(error)"])
        }
    }

    /// The body without what is secret, as it is written down; `nil` when there is none.
    private static func details(_ body: Data, _ operation: Operation) -> String? {
        guard let schema = operation.body?.schema, !body.isEmpty,
            var members = try? JSONDecoder().decode([String: JSON].self, from: body)
        else { return nil }
        let known = Set(schema.members.map(\.name)).subtracting(schema.secrets)
        members = members.filter { known.contains($0.key) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard !members.isEmpty, let bytes = try? encoder.encode(members) else { return nil }
        return String(String(decoding: bytes, as: UTF8.self).prefix(8_192))
    }

    /// Refuses what the query does not have: a misspelt filter must not show everything.
    private static func checkQuery(_ request: Request, _ operation: Operation) throws(Problem) {
        let known = operation.parameters.map(\.name)
        for (name, _) in request.uri.queryParameters where !known.contains(String(name)) {
            throw Problem(
                .badRequest,
                known.isEmpty
                    ? "There is no parameter \(name.prefix(60)) here, nor any other."
                    : "There is no parameter \(name.prefix(60)); those that there are: \(known.joined(separator: ", "))."
            )
        }
    }
}

extension Problem {
    /// Another relay takes this one's place: what is changed here it would not see, and what is shown here is old.
    fileprivate static func succession(_ context: AdministrationContext) -> Problem {
        var headers: HTTPFields = [.retryAfter: "1"]
        // A connection to the socket that is kept stays with this relay.
        if case .socket = context.door { headers[.connection] = "close" }
        return Problem(
            .serviceUnavailable,
            "Another relay is taking this one's place: ask again in a second, on a new connection.",
            headers: headers
        )
    }
}
