import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// Responses that were given before.
extension CallHandler {
    func answer(_ response: StoredResponse, head: HTTPRequestHead, query: Substring) {
        do throws(GatewayError) {
            let caller = try self.identify(head.headers, for: .responses)
            let fields = Target.fields(of: query)
            let gateway = self.site.gateway
            switch response {
            case .show(let id):
                guard !fields.contains(where: { $0.name == "stream" && $0.value == "true" }) else {
                    throw GatewayError(
                        .invalidRequest,
                        "The events of a response are not kept. Leave «stream» out, and ask until its status is no "
                            + "longer in_progress.",
                        parameter: "stream"
                    )
                }
                try self.tell(id) { () throws(GatewayError) in try gateway.response(id, of: caller) }
            case .delete(let id):
                try self.tell(id) { () throws(GatewayError) in try gateway.deleteResponse(id, of: caller) }
            case .inputItems(let id):
                let query = try Responses.ListQuery(reading: fields)
                // All of a chain is read for it.
                self.ask { () async throws(GatewayError) in
                    if gateway.responses.mayCome(id) { await gateway.responses.arrival(of: id) }
                    return try await gateway.inputItems(of: id, query, of: caller)
                }
            case .cancel(let id):
                try self.tell(id) { () throws(GatewayError) in try gateway.cancelResponse(id, of: caller) }
            }
        } catch {
            self.respond(error)
        }
    }

    /// Tells of a response, at once unless another relay may have made it a moment ago.
    private func tell(
        _ id: String,
        _ question: @escaping @Sendable () throws(GatewayError) -> ByteBuffer
    ) throws(GatewayError) {
        let responses = self.site.gateway.responses
        guard responses.mayCome(id) else { return self.respond(try question()) }
        self.ask { () async throws(GatewayError) in
            await responses.arrival(of: id)
            return try question()
        }
    }

    /// Somebody came to the way in for WebSockets with something that is no upgrade, or was refused.
    func refuseSocket(_ head: HTTPRequestHead) {
        var extra = [("upgrade", "websocket"), ("sec-websocket-version", "13")]
        var error = GatewayError(
            .invalidRequest,
            "This is the way in for WebSockets; without one, responses are asked for with POST /v1/responses."
        )
        var status = HTTPResponseStatus.upgradeRequired
        if head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }) {
            do throws(GatewayError) {
                _ = try self.identify(head.headers, for: .responses)
                guard !self.site.gateway.isStopping else { throw .restarting }
                error.message =
                    "A WebSocket must be the first request of an HTTP/1.1 connection, with version 13 and a key."
            } catch let refusal {
                error = refusal
                status = HTTPResponseStatus(statusCode: refusal.code.status)
                extra = refusal.retryAfter.map { [("retry-after", String($0))] } ?? []
            }
        }
        let body = OpenAI.errorBody(error.worded(by: self.site.gateway.errorCodes))
        self.whole(status, type: Self.json, pieces: [body], extra: extra)
    }
}
