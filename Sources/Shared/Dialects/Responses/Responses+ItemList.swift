package import NIOCore
package import Vocabulary

extension Responses {
    /// Which part of a list is wanted, as the query of `GET /v1/responses/{id}/input_items` says it.
    package struct ListQuery: Hashable, Sendable {
        /// From 1 to 100.
        package var limit = 20
        package var isAscending = false
        /// The id of the item before the first one that is wanted.
        package var after: String?

        package init() {}

        /// Reads the query's fields; unknown ones are ignored.
        package init(reading fields: [(name: String, value: String)]) throws(GatewayError) {
            for (name, value) in fields {
                switch name {
                case "limit":
                    guard let limit = Int(value), (1...100).contains(limit) else {
                        throw GatewayError(
                            .invalidRequest,
                            "«limit» must be a whole number from 1 to 100.",
                            parameter: "limit"
                        )
                    }
                    self.limit = limit
                case "order":
                    guard ["asc", "desc"].contains(value) else {
                        throw GatewayError(.invalidRequest, "«order» must be asc or desc.", parameter: "order")
                    }
                    self.isAscending = value == "asc"
                case "after": self.after = value
                default: break
                }
            }
        }
    }

    /// The answer to `GET /v1/responses/{id}/input_items`.
    ///
    /// - Parameter items: every item, the oldest first, as ``KeptInput`` has them.
    /// - Throws: `invalidRequest` when `after` is the id of none of them.
    package static func inputItems(_ items: [JSONValue], _ query: ListQuery) throws(GatewayError) -> ByteBuffer {
        var rest = (query.isAscending ? items : items.reversed())[...]
        if let after = query.after {
            guard let place = rest.firstIndex(where: { $0["id"]?.string == after }) else {
                throw GatewayError(
                    .invalidRequest,
                    "«after» is not the id of an item of this response: «\(after)».",
                    parameter: "after"
                )
            }
            rest = rest[(place + 1)...]
        }
        let page = rest.prefix(query.limit)
        var body = ByteBuffer()
        body.writeJSON([
            "object": "list",
            "data": .array(Array(page)),
            "first_id": page.first?["id"] ?? .null,
            "last_id": page.last?["id"] ?? .null,
            "has_more": .bool(page.count < rest.count),
        ])
        return body
    }
}
