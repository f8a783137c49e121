/// The languages in which keys of a group may call.
package struct AllowedDialects: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// OpenAI's chat completions, and the older completions.
    package static let chat = AllowedDialects(rawValue: 1)
    /// OpenAI's Responses.
    package static let responses = AllowedDialects(rawValue: 2)
    /// Anthropic's Messages.
    package static let messages = AllowedDialects(rawValue: 4)
    /// Gemini's methods, its embeddings included.
    package static let gemini = AllowedDialects(rawValue: 8)
    /// OpenAI's embeddings.
    package static let embeddings = AllowedDialects(rawValue: 16)
    /// Every one that there is, and that there will be.
    package static let every = AllowedDialects(rawValue: .max)

    /// Each dialect with the word that people and the database write for it.
    package static let words: [(word: String, dialect: AllowedDialects)] = [
        ("chat", .chat), ("responses", .responses), ("messages", .messages), ("gemini", .gemini),
        ("embeddings", .embeddings),
    ]

    /// Answers `nil` when a word is none of ``words``.
    package init?(words: [String]) {
        var dialects: AllowedDialects = []
        for word in words {
            guard let known = Self.words.first(where: { $0.word == word }) else { return nil }
            dialects.formUnion(known.dialect)
        }
        self = dialects
    }

    /// The words for them, in the order of ``words``.
    package var words: [String] { Self.words.filter { self.contains($0.dialect) }.map(\.word) }
}
