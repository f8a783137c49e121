internal import Administration
internal import FoundationEssentials
internal import NIOCore
private import NIOHTTP1
internal import Terminal

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

/// Requests; each answers with the relay's document, or throws ``Complaint``: no relay, no answer, or the
/// relay's own sentence. Paths are the segments below `/admin/api/v1`, not yet encoded.
extension AdministrationClient {
    func get<Answer: Decodable>(_ path: [String]) async throws(Complaint) -> Answer {
        try self.decode(try await self.send(.GET, path).data)
    }

    /// A whole list, page by page.
    func list<Element: Decodable>(
        _ path: [String],
        query: [(name: String, value: String)] = [],
        atMost most: Int = .max
    ) async throws(Complaint) -> [Element] {
        var elements: [Element] = []
        var next: String? = Self.text(query)
        while let query = next, elements.count < most {
            let page: [Element]
            (page, next) = try await self.page(path, query: query)
            elements += page
        }
        return Array(elements.prefix(most))
    }

    /// One page of a list, and the query of the next one.
    func page<Element: Decodable>(
        _ path: [String],
        query: String
    ) async throws(Complaint) -> ([Element], next: String?) {
        let (data, headers) = try await self.send(.GET, path, query: query)
        return (try self.decode(data) as [Element], Self.next(headers))
    }

    /// A query as it stands behind a path.
    static func text(_ query: [(name: String, value: String)]) -> String {
        let text = query.map { "\($0.name)=\(PathSegment.encode($0.value))" }.joined(separator: "&")
        return text.isEmpty ? "" : "?" + text
    }

    /// The query of the page that an answer names as the next one (RFC 8288).
    private static func next(_ headers: HTTPHeaders) -> String? {
        guard let link = headers.first(name: "link"), link.hasSuffix("; rel=\"next\""),
            let start = link.firstIndex(of: "?"), let end = link.firstIndex(of: ">"), start < end
        else { return nil }
        return String(link[start..<end])
    }

    func post<Answer: Decodable>(
        _ path: [String],
        body: (any Encodable)? = nil
    ) async throws(Complaint) -> Answer {
        try self.decode(try await self.send(.POST, path, body: body).data)
    }

    func patch<Answer: Decodable>(
        _ path: [String],
        body: any Encodable
    ) async throws(Complaint) -> Answer {
        try self.decode(try await self.send(.PATCH, path, body: body).data)
    }

    func put(_ path: [String], body: any Encodable) async throws(Complaint) {
        _ = try await self.send(.PUT, path, body: body)
    }

    func delete(_ path: [String]) async throws(Complaint) {
        _ = try await self.send(.DELETE, path)
    }

    private func decode<Answer: Decodable>(_ data: Data) throws(Complaint) -> Answer {
        do {
            return try AdministrationJSON.decoder().decode(Answer.self, from: data)
        } catch {
            throw Complaint("the relay's answer is not understood; is it of another version? (\(error))")
        }
    }

    private func send(
        _ method: HTTPMethod,
        _ path: [String],
        query: String = "",
        body: (any Encodable)? = nil
    ) async throws(Complaint) -> (data: Data, headers: HTTPHeaders) {
        let (head, bytes) = try await self.exchange(method, path, query: query, body: body)
        let data = Data(bytes.readableBytesView)
        let status = head.status
        if (200..<300).contains(status.code) { return (data, head.headers) }
        let problem = try? AdministrationJSON.decoder().decode(Problem.Document.self, from: data)
        throw Complaint(problem?.detail ?? "the relay answered \(status.code) \(status.reasonPhrase)")
    }
}
