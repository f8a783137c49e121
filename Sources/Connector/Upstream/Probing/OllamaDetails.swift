import Synchronization

/// What Ollama says about single models, remembered: each costs a question of its own.
final class OllamaDetails: Sendable {
    struct Details: Equatable {
        var contextLength: Int?
        var isEmbedding: Bool?
    }

    /// The most models that are asked about in one probe; the next probe asks about the next ones.
    static let mostQuestions = 32

    private let known = Mutex<[String: Details]>([:])

    /// The details of these models, as far as they are known after this.
    func gather(for models: [String], _ survey: Survey) async throws(ProbeFault) -> [String: Details] {
        var known = self.known.withLock { $0 }
        for model in models.filter({ known[$0] == nil }).prefix(Self.mostQuestions) {
            let question = #"{"model":\#(JSON.quoted(model))}"#
            guard let json = try await survey.answer(.post, "/api/show", body: question)?.json else { continue }
            known[model] = Details(json)
        }
        let names = Set(models)
        known = known.filter { names.contains($0.key) }
        self.known.withLock { $0 = known }
        return known
    }
}

extension OllamaDetails.Details {
    /// Reads an answer of `/api/show`: the context length is a member of `model_info` that the architecture prefixes.
    fileprivate init(_ json: JSON) {
        let info = json["model_info"]?.object ?? [:]
        self.contextLength = info.first { $0.key.hasSuffix(".context_length") }?.value.int
        let abilities = json["capabilities"]?.array?.compactMap(\.string) ?? []
        self.isEmbedding =
            abilities.isEmpty ? nil : abilities.contains("embedding") && !abilities.contains("completion")
    }
}
