internal import Administration
internal import FoundationEssentials
internal import NIOCore
private import NIOHTTP1

/// Speaks the administration API with the relay that runs on a data directory; one connection a request.
struct AdministrationClient: Sendable {
    /// The relay's data directory.
    let data: String
    /// How long a request may take from end to end.
    var timeout = TimeAmount.seconds(30)
    /// The largest answer that is taken, in bytes.
    var answerLimit = 64 << 20

    init(data: String) {
        self.data = data
    }
}

/// Requests; each answers with the relay's document, or throws ``AdministrationFailure``: no relay, no answer, or the
/// relay's own sentence. Paths are the segments below `/admin/api/v1`, not yet encoded.
extension AdministrationClient {
    func get<Answer: Decodable>(_ path: [String]) async throws(AdministrationFailure) -> Answer {
        try self.decode(try await self.send(.GET, path))
    }

    func post<Answer: Decodable>(
        _ path: [String],
        body: (any Encodable)? = nil
    ) async throws(AdministrationFailure) -> Answer {
        try self.decode(try await self.send(.POST, path, body: body))
    }

    func patch<Answer: Decodable>(
        _ path: [String],
        body: any Encodable
    ) async throws(AdministrationFailure) -> Answer {
        try self.decode(try await self.send(.PATCH, path, body: body))
    }

    func delete(_ path: [String]) async throws(AdministrationFailure) {
        _ = try await self.send(.DELETE, path)
    }

    private func decode<Answer: Decodable>(_ data: Data) throws(AdministrationFailure) -> Answer {
        do {
            return try AdministrationJSON.decoder().decode(Answer.self, from: data)
        } catch {
            throw AdministrationFailure("the relay's answer is not understood; is it of another version? (\(error))")
        }
    }

    private func send(
        _ method: HTTPMethod,
        _ path: [String],
        body: (any Encodable)? = nil
    ) async throws(AdministrationFailure) -> Data {
        let (status, bytes) = try await self.exchange(method, path, body: body)
        let data = Data(bytes.readableBytesView)
        if (200..<300).contains(status.code) { return data }
        let problem = try? AdministrationJSON.decoder().decode(Problem.Document.self, from: data)
        throw AdministrationFailure(problem?.detail ?? "the relay answered \(status.code) \(status.reasonPhrase)")
    }
}
