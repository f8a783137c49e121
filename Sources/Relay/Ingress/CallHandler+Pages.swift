import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import TunnelTransport
import Vocabulary

/// The answers that need no upstream.
extension CallHandler {
    func page(_ target: Target) {
        switch target {
        case .root:
            self.text(.ok, "Adit relay. The API is at /v1.\n")
        case .health:
            self.text(.ok, "ok\n")
        case .readiness:
            let isReady = !self.site.gateway.isStopping
            self.text(isReady ? .ok : .serviceUnavailable, isReady ? "ready\n" : "stopping\n")
        case .metrics:
            let metrics = self.site.pages.metrics()
            self.whole(.ok, self.baseHeaders(), type: "text/plain; version=0.0.4; charset=utf-8", pieces: [metrics])
        case .preflight:
            var headers = self.baseHeaders()
            AnswerHeaders.addPreflight(to: &headers)
            self.whole(.noContent, headers, type: nil, pieces: [])
        case .call, .models, .model, .tunnel, .wrongMethod, .nothing:
            self.respond(GatewayError(.unknownRoute, "There is nothing here."))
        }
    }

    func list(_ head: HTTPRequestHead) {
        self.answer(head) { models in .success(OpenAI.modelList(models)) }
    }

    func show(_ name: String, head: HTTPRequestHead) {
        self.answer(head) { models in
            guard let model = models.first(where: { $0.id == name }) else {
                return .failure(
                    GatewayError(
                        .unknownDeployment,
                        "The model «\(name.prefix(128))» does not exist, or your key may not use it. "
                            + "GET /v1/models lists those that you may use.",
                        parameter: "model"
                    )
                )
            }
            return .success(OpenAI.model(model))
        }
    }

    /// Somebody came to the connectors' way in with something that is no upgrade, or was refused.
    func refuseTunnel(_ head: HTTPRequestHead) {
        self.asked.keepsAlive = false
        var extra = [("upgrade", TunnelUpgrade.token)]
        let refusal = self.site.door.refusal(TunnelRequest(head))
        if let retryAfter = refusal.retryAfter { extra.append(("retry-after", String(retryAfter))) }
        var headers = self.baseHeaders()
        for (name, value) in extra { headers.add(name: name, value: value) }
        self.whole(
            HTTPResponseStatus(statusCode: refusal.status),
            headers,
            type: "application/json",
            pieces: [OpenAI.errorBody(GatewayError(.invalidRequest, refusal.message))]
        )
    }

    private func answer(_ head: HTTPRequestHead, _ make: ([ModelCard]) -> Result<ByteBuffer, GatewayError>) {
        do throws(GatewayError) {
            let models = try self.site.gateway.models(for: try self.identify(head.headers))
            self.respond(status: 200, pieces: [try make(models).get()], retryAfter: nil)
        } catch {
            self.respond(error)
        }
    }

    private func text(_ status: HTTPResponseStatus, _ text: String) {
        self.whole(status, self.baseHeaders(), type: "text/plain; charset=utf-8", pieces: [ByteBuffer(string: text)])
    }
}
