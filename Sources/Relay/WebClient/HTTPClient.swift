package import NIOCore
package import Vocabulary

/// Asks servers for what stands under URLs: one request, to one address.
package protocol HTTPClient: Sendable {
    /// - Parameters:
    ///   - address: what is connected to, whatever the host's name resolves to by now.
    ///   - largest: of the body of an answer with status 200; more bytes are refused while they come. `nil` reads no body, and none of
    ///     any other answer is read.
    func send(
        _ request: WebRequest,
        to address: NetworkAddress,
        largest: Int?,
        before deadline: NIODeadline
    ) async throws(WebFault) -> WebAnswer
}

/// What a server is asked: GET without a body, POST with one.
package struct WebRequest: Sendable {
    package var target: WebAddress
    /// Besides those that every request has.
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer?

    package init(_ target: WebAddress, headers: [(name: String, value: String)] = [], body: ByteBuffer? = nil) {
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// What a server said.
package struct WebAnswer: Sendable {
    package var status: Int
    package var location: String?
    package var contentType: String?
    package var body: ByteBuffer

    package init(status: Int, location: String? = nil, contentType: String? = nil, body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.location = location
        self.contentType = contentType
        self.body = body
    }
}
