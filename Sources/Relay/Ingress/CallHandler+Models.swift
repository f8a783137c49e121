import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// The list of models, in the shape that the caller knows.
extension CallHandler {
    /// - Parameter owner: the dialect whose path it is; `nil` where several vendors share it.
    func list(_ head: HTTPRequestHead, query: Substring, in owner: Dialect?) {
        let dialect = self.asked.dialect
        self.answer(head, in: owner) { models in
            switch dialect {
            case .openAI, .responses:
                let isCodex = Target.fields(of: query).contains { $0.name == "client_version" }
                return .success(isCodex ? CodexCatalogue.list(models) : OpenAI.modelList(models))
            case .messages:
                return .success(Anthropic.modelList(models, page: Anthropic.ModelPage(query)))
            case .gemini:
                let query = GeminiQuery(query)
                let names = models.map(\.id)
                return .success(Gemini.modelList(names, pageSize: query.pageSize, pageToken: query.pageToken))
            }
        }
    }

    /// - Parameter owner: the dialect whose path it is; `nil` where several vendors share it.
    func show(_ name: String, head: HTTPRequestHead, in owner: Dialect?) {
        let dialect = self.asked.dialect
        self.answer(head, in: owner) { models in
            guard let model = ModelCard.named(name, in: models) else {
                return .failure(
                    GatewayError(
                        .unknownDeployment,
                        "The model «\(name.prefix(128))» does not exist, or your key may not use it. "
                            + "GET /v1/models lists those that you may use.",
                        parameter: "model"
                    )
                )
            }
            switch dialect {
            case .openAI, .responses: return .success(OpenAI.model(model))
            case .messages: return .success(Anthropic.model(model))
            case .gemini: return .success(Gemini.model(model.id))
            }
        }
    }

    private func answer(
        _ head: HTTPRequestHead,
        in owner: Dialect?,
        _ make: ([ModelCard]) -> Result<ByteBuffer, GatewayError>
    ) {
        do throws(GatewayError) {
            let models: [ModelCard]
            if Self.isAnonymous(head.headers), let known = self.site.gateway.publicModels {
                models = known
            } else {
                // A path of Gemini's is there for whoever may call Gemini's models.
                let endpoint = owner == .gemini ? Endpoint.generateContent(model: "", framing: nil) : nil
                models = try self.site.gateway.models(for: try self.identify(head.headers, for: endpoint))
            }
            self.respond(try make(models).get())
        } catch {
            self.respond(error)
        }
    }
}

extension Anthropic.ModelPage {
    /// The page that a query asks for; what is not known or no number is ignored.
    fileprivate init(_ query: Substring) {
        self.init()
        for (name, value) in Target.fields(of: query) {
            switch name {
            case "limit": self = Self(limit: Int(value) ?? self.limit, after: self.after, before: self.before)
            case "after_id": self.after = value
            case "before_id": self.before = value
            default: break
            }
        }
    }
}
