internal import HTTPTypes
internal import Hummingbird

/// A refusal as the API answers it: problem details (RFC 9457) with one sentence.
package struct Problem: Error, Hashable, Sendable {
    /// What a refusal looks like in JSON.
    package struct Document: Codable, Hashable, Sendable {
        /// Always `about:blank`: the status says the kind (RFC 9457 §4.2.1).
        package var type: String
        /// The status in words.
        package var title: String
        package var status: Int
        /// What is wrong, with which thing, and what to do.
        package var detail: String
    }

    let status: HTTPResponse.Status
    /// One sentence.
    let detail: String
    let headers: HTTPFields

    init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    static let tooLarge = Problem(
        .contentTooLarge,
        "The body is larger than \(AdministrationAPI.bodyLimit) bytes."
    )

    var document: Document {
        Document(
            type: "about:blank",
            title: self.status.reasonPhrase,
            status: self.status.code,
            detail: self.detail
        )
    }

    var response: Response {
        get throws {
            var response = try Response.json(self.document, status: self.status)
            response.headers[.contentType] = "application/problem+json"
            for field in self.headers { response.headers.append(field) }
            return response
        }
    }
}

extension Problem.Document: Described {
    static let schema = RecordSchema(
        "Problem",
        "Why something was refused (RFC 9457).",
        [
            .must("type", .string("Always about:blank: the status says the kind.")),
            .must("title", .string("The status in words.")),
            .must("status", .integer("The HTTP status.", from: 400, to: 599)),
            .must("detail", .string("What is wrong, with which thing, and what to do.")),
        ]
    )
}
