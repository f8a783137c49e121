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

    init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

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
            return response
        }
    }
}
