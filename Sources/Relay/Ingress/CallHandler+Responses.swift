import Dialects
import NIOCore
import NIOHTTP1
import Vocabulary

/// Responses that were given before.
extension CallHandler {
    func answer(_ response: StoredResponse, head: HTTPRequestHead, query: Substring) {
        do throws(GatewayError) {
            _ = try self.identify(head.headers)
            switch response {
            case .cancel(let id): throw Responses.notInBackground(id)
            case .show(let id), .delete(let id), .inputItems(let id): throw Responses.notFound(id)
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
