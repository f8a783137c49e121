private import HTTPTypes
internal import Hummingbird

/// One page of a list: at most so many, behind the last one of the page before.
///
/// Where the next one is stands in the header `link` (RFC 8288) with `rel="next"`; without it this was the last.
struct Page: Sendable {
    static let usual = 100
    static let largest = 1_000

    static let parameters: [Operation.Parameter] = [
        .init("limit", .integer("How many at most; \(usual) unless it is said.", from: 1, to: largest)),
        .init("cursor", .string("Where to go on, as the header «link» of the page before says it.", longest: 1_000)),
    ]

    /// What is said to a cursor that no page can have named.
    static let foreignCursor = Problem(.badRequest, "The cursor is not one that a page before has named.")

    private static let link = HTTPField.Name("link") ?? .location

    var limit = usual
    /// The place of the last one that was given already.
    var after: String?

    init(_ request: Request) throws(Problem) {
        let query = request.uri.queryParameters
        if let text = query["limit"] {
            guard let limit = Int(text), (1...Self.largest).contains(limit) else {
                throw Problem(.badRequest, "limit is a whole number from 1 to \(Self.largest).")
            }
            self.limit = limit
        }
        self.after = query["cursor"].map(String.init)
        if let after, after.unicodeScalars.count > 1_000 {
            throw Self.foreignCursor
        }
    }

    /// The page's part of what is sorted by its place, as an answer.
    /// - Parameters:
    ///   - place: tells each from all others, and rises.
    static func answer<Record>(
        _ request: Request,
        _ records: [Record],
        by place: (Record) -> String,
        _ document: (Record) -> some Encodable
    ) throws -> Response {
        let page = try Page(request)
        let rest = page.after.map { after in records.drop { place($0) <= after } } ?? records[...]
        let shown = rest.prefix(page.limit)
        let next = rest.count > shown.count ? shown.last.map(place) : nil
        return try page.answer(request, shown.map(document), next: next)
    }

    /// An answer that says where to go on.
    /// - Parameter next: the cursor of the next page; `nil` when this is the last.
    func answer(_ request: Request, _ documents: [some Encodable], next: String?) throws -> Response {
        var response = try Response.json(documents)
        if let next {
            var query = request.uri.queryParameters.filter { $0.key != "cursor" }
                .map { "\($0.key)=\(PathSegment.encode(String($0.value)))" }
            query.append("cursor=\(PathSegment.encode(next))")
            response.headers[Self.link] = "<\(request.uri.path)?\(query.joined(separator: "&"))>; rel=\"next\""
        }
        return response
    }

    /// A place of something that is sorted by a time and an id.
    static func place(_ time: Int, _ id: String) -> String {
        let digits = String(time)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits + id
    }
}
