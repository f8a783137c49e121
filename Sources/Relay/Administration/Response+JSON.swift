private import FoundationEssentials
internal import Hummingbird

extension Response {
    /// An answer that is a JSON document.
    static func json(_ document: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let bytes = ByteBuffer(bytes: try AdministrationJSON.encoder().encode(document))
        return Response(
            status: status,
            // Answers may hold secrets and are never worth keeping.
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: bytes)
        )
    }

    /// The answer to what was done and leaves nothing to say.
    static var done: Response { Response(status: .noContent) }
}
