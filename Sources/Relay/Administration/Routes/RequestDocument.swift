private import FoundationEssentials
internal import Hummingbird
private import NIOCore

/// The body of a request.
///
/// Members that it does not have are refused: a misspelt `expires_at` must not make a key that never ends.
protocol RequestDocument: Decodable {
    /// The members as they are written in JSON.
    static var members: [String] { get }
}

extension RequestDocument {
    /// Reads the body of a request that may have none.
    static func readIfPresent(from request: Request, _ context: AdministrationContext) async throws -> Self? {
        request.headers[.contentLength].flatMap { Int($0) } ?? 0 == 0
            ? nil : try await Self.read(from: request, context)
    }

    /// Reads the body of a request, no more than ``AdministrationAPI/bodyLimit`` of it.
    static func read(from request: Request, _ context: AdministrationContext) async throws -> Self {
        let bytes = try await request.body.collect(upTo: context.maxUploadSize)
        let data = Data(bytes.readableBytesView)
        guard let given = try? JSONDecoder().decode([String: Ignored].self, from: data) else {
            throw Problem(.badRequest, "The body is not a JSON object.")
        }
        if let unknown = given.keys.sorted().first(where: { !self.members.contains($0) }) {
            let known = self.members.joined(separator: ", ")
            throw Problem(.badRequest, "There is no member \(unknown); those that there are: \(known).")
        }
        return try AdministrationJSON.decoder().decode(Self.self, from: data)
    }
}

/// Any JSON value, not looked at.
private struct Ignored: Decodable {
    init(from decoder: any Decoder) {}
}
