private import FoundationEssentials
internal import Hummingbird
private import NIOCore

/// The body of a request.
///
/// Members that it does not have are refused: a misspelt `expires_at` must not make a key that never ends.
protocol RequestDocument: Decodable, Described {}

extension RequestDocument {
    /// Reads the body of a request that may have none.
    static func readIfPresent(from request: Request, _ context: AdministrationContext) async throws -> Self? {
        let bytes = try await request.body.collect(upTo: context.maxUploadSize)
        return bytes.readableBytes == 0 ? nil : try Self.read(bytes)
    }

    /// Reads the body of a request, no more than ``AdministrationAPI/bodyLimit`` of it.
    static func read(from request: Request, _ context: AdministrationContext) async throws -> Self {
        try Self.read(try await request.body.collect(upTo: context.maxUploadSize))
    }

    private static func read(_ bytes: ByteBuffer) throws -> Self {
        let data = Data(bytes.readableBytesView)
        guard let given = try? JSONDecoder().decode([String: JSON].self, from: data) else {
            throw Problem(.badRequest, "The body is not a JSON object.")
        }
        try Self.schema.check(given)
        return try AdministrationJSON.decoder().decode(Self.self, from: data)
    }
}

extension RecordSchema {
    /// Records that are met within the bodies of requests.
    private static let inner = [LimitsDocument.schema, QuotaDocument.schema, DeploymentDocument.PriceDocument.schema]

    /// Refuses members that there are not, those of records within too.
    fileprivate func check(_ given: [String: JSON], path: String = "") throws(Problem) {
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let member = self.members.first(where: { $0.name == name }) else {
                let known = self.members.map(\.name).joined(separator: ", ")
                throw Problem(
                    .badRequest,
                    "There is no member \(path)\(name.prefix(60)); those that there are: \(known)."
                )
            }
            if case .null = value {
                throw Problem(
                    .badRequest,
                    "The member \(path)\(name.prefix(60)) is null: leave it out, or give it a value."
                )
            }
            guard case .record(let members) = value,
                let record = Self.inner.first(where: { JSON.record($0) == member.schema })
            else { continue }
            try record.check(members, path: "\(path)\(name).")
        }
    }
}
