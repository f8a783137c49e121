import Vocabulary

extension GeminiRequest {
    /// `generationConfig`: how tokens are chosen, and how many.
    mutating func readGeneration(_ config: GeminiFields) throws(GatewayError) {
        var sampling = Conversation.Sampling()
        sampling.temperature = try config.number("temperature")
        sampling.topP = try config.number("topP")
        sampling.topK = try config.number("topK")
        sampling.presencePenalty = try config.number("presencePenalty")
        sampling.frequencyPenalty = try config.number("frequencyPenalty")
        sampling.seed = try config.int("seed").map { JSONValue($0) }
        sampling.logprobs = try config.bool("responseLogprobs") ?? false
        if let count = try config.int("logprobs", in: 0...20), count > 0 {
            guard sampling.logprobs else {
                throw .gemini("can only be set together with `responseLogprobs`", at: config.path("logprobs"))
            }
            sampling.topLogprobs = count
        }
        self.conversation.sampling = sampling
        self.conversation.maximumTokens = try config.int("maxOutputTokens", in: 1 ... .max)
        self.conversation.choices = try config.int("candidateCount", in: 1...128)
        self.conversation.stopSequences = try config.strings("stopSequences").filter { !$0.isEmpty }
        for (index, modality) in try config.strings("responseModalities").enumerated() {
            guard ["TEXT", "MODALITY_UNSPECIFIED"].contains(modality.uppercased()) else {
                throw .gemini(
                    "is «\(modality)»; only TEXT can be answered",
                    at: "\(config.path("responseModalities"))[\(index)]"
                )
            }
        }
    }

    /// `responseMimeType` and the schema, in either of its two languages.
    mutating func readOutput(_ config: GeminiFields) throws(GatewayError) {
        var schema: JSONValue?
        if let value = config["responseJsonSchema"] {
            guard value.object != nil else { throw .gemini("must be an object", at: config.path("responseJsonSchema")) }
            schema = value
        } else if let value = config["responseSchema"] {
            schema = try GeminiSchema.jsonSchema(value, at: config.path("responseSchema"))
        }
        switch try config.string("responseMimeType") {
        case "application/json": self.conversation.output = schema.map(Self.output) ?? .json
        case "text/x.enum":
            guard let schema else { throw .gemini("needs a `responseSchema`", at: config.path("responseMimeType")) }
            self.conversation.output = Self.output(schema)
            self.answersEnumeration = true
        case "", nil: if let schema { self.conversation.output = Self.output(schema) }
        case "text/plain":
            guard schema == nil else {
                throw .gemini("must be `application/json` where there is a schema", at: config.path("responseMimeType"))
            }
        case let type?:
            throw .gemini("is «\(type)», which cannot be answered", at: config.path("responseMimeType"))
        }
    }

    private static func output(_ schema: JSONValue) -> Conversation.OutputFormat {
        .schema(.init(name: "response", schema: schema, isStrict: true))
    }

    /// `thinkingConfig`. A level says more than a budget where both are given; a budget of -1 leaves it to the model.
    mutating func readThinking(_ config: GeminiFields) throws(GatewayError) {
        guard let thinking = try config.fields("thinkingConfig") else { return }
        self.includesThoughts = try thinking.bool("includeThoughts") ?? false
        if let budget = try thinking.int("thinkingBudget", in: -1 ... .max), budget >= 0 {
            self.conversation.reasoning = .budget(budget)
        }
        switch try thinking.string("thinkingLevel")?.lowercased() {
        case let level? where ["minimal", "low", "medium", "high", "xhigh"].contains(level):
            self.conversation.reasoning = .effort(level)
        case "thinking_level_unspecified", "", nil: break
        case let level?: throw .gemini("is «\(level)», which is no level", at: thinking.path("thinkingLevel"))
        }
    }
}
