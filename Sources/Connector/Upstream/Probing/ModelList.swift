/// The answer to `GET /v1/models`, as far as it is one.
struct ModelList {
    /// The entries as they came, each with an id.
    let entries: [(id: String, json: JSON)]
    /// `owned_by` of the entries, in lower case, each once.
    let owners: Set<String>

    /// `nil` when the answer is not a list of models.
    init?(_ json: JSON?) {
        guard let data = json?["data"]?.array else { return nil }
        self.entries = data.compactMap { entry in
            entry["id"]?.string.flatMap { $0.isEmpty ? nil : ($0, entry) }
        }
        self.owners = Set(self.entries.compactMap { $0.json["owned_by"]?.string?.lowercased() })
    }

    /// A list without entries, for a server that has none.
    init() {
        self.entries = []
        self.owners = []
    }

    /// The models with what only the server's kind can tell.
    func models(_ details: (_ id: String, _ json: JSON) -> (contextLength: Int?, isEmbedding: Bool?)) -> [UpstreamModel]
    {
        self.entries.map { entry in
            let (length, isEmbedding) = details(entry.id, entry.json)
            return UpstreamModel(
                id: entry.id,
                contextLength: length.flatMap { $0 > 0 ? $0 : nil },
                isEmbedding: isEmbedding ?? (Self.isNamedLikeEmbedding(entry.id) ? true : nil)
            )
        }
    }

    /// Whether a model's name says that it makes no text: few servers tell otherwise.
    static func isNamedLikeEmbedding(_ id: String) -> Bool {
        let id = id.lowercased()
        if ["embed", "minilm", "rerank"].contains(where: { id.contains($0) }) { return true }
        let name = id.split(separator: "/").last ?? ""
        return ["bge-", "gte-", "e5-", "multilingual-e5"].contains { name.hasPrefix($0) }
    }
}
