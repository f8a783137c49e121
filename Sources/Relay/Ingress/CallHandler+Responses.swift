import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// Responses that were given before.
extension CallHandler {
    func answer(_ response: StoredResponse, head: HTTPRequestHead, query: Substring) {
        do throws(GatewayError) {
            let caller = try self.identify(head.headers)
            let fields = Target.fields(of: query)
            switch response {
            case .show(let id):
                guard !fields.contains(where: { $0.name == "stream" && $0.value == "true" }) else {
                    throw GatewayError(
                        .invalidRequest,
                        "Only a response in the background can be streamed again, and there are none here.",
                        parameter: "stream"
                    )
                }
                self.respond(try self.site.gateway.response(id, of: caller))
            case .delete(let id):
                self.respond(try self.site.gateway.deleteResponse(id, of: caller))
            case .inputItems(let id):
                let query = try Responses.ListQuery(reading: fields)
                self.respond(try self.site.gateway.inputItems(of: id, query, of: caller))
            case .cancel(let id):
                // Whether there is such a response comes first.
                _ = try self.site.gateway.response(id, of: caller)
                throw Responses.notInBackground(id)
            }
        } catch {
            self.respond(error)
        }
    }

    /// Somebody came to the way in for WebSockets with something that is no upgrade, or with one that is not served.
    func refuseSocket() {
        var headers = self.baseHeaders()
        headers.add(name: "upgrade", value: "websocket")
        let error = GatewayError(
            .invalidRequest,
            "Responses are asked for with POST /v1/responses; this relay does not serve them over a WebSocket."
        )
        self.whole(.upgradeRequired, headers, type: "application/json", pieces: [OpenAI.errorBody(error)])
    }
}
