package import Vocabulary

/// A request to `generateContent`, `streamGenerateContent` or `countTokens`.
///
/// Source: Google's `GenerateContentRequest` as `google-genai` 3.4 and Gemini CLI send it. What only Google's own servers can
/// do, such as searching the web, is left out; a field whose loss would change the answer is refused by its name.
package struct GeminiRequest: Hashable, Sendable {
    package internal(set) var conversation: Conversation
    /// How a streamed answer is framed; `nil` for a whole answer.
    package let framing: GeminiStream.Framing?
    /// Whether the answer shows what the model thought; Google's default is no.
    package internal(set) var includesThoughts = false
    /// Whether the text is to be one of an enumeration's words (`text/x.enum`), which a model server answers as a JSON string.
    package internal(set) var answersEnumeration = false

    /// Reads the body of a request for an answer.
    /// - Parameters:
    ///   - model: the model of the path; a `model` in the body is ignored.
    ///   - framing: how the answer is to be streamed, or `nil` when it is not.
    /// - Throws: `invalidRequest`, with the path of the field that is at fault.
    package init(
        reading body: JSONValue,
        model: String,
        framing: GeminiStream.Framing? = nil
    ) throws(GatewayError) {
        try self.init(GeminiFields(body, at: ""), model: model, framing: framing)
    }

    /// Reads the body of a request to count tokens: `contents`, or a whole `generateContentRequest`.
    package init(countingIn body: JSONValue, model: String) throws(GatewayError) {
        let fields = try GeminiFields(body, at: "")
        try self.init(try fields.fields("generateContentRequest") ?? fields, model: model, framing: nil)
    }

    private init(_ fields: GeminiFields, model: String, framing: GeminiStream.Framing?) throws(GatewayError) {
        self.conversation = Conversation(model: model)
        self.framing = framing
        self.conversation.streams = framing != nil
        guard fields["cachedContent"] == nil else {
            throw .gemini("cannot be used here: nothing is cached by name", at: fields.path("cachedContent"))
        }
        try self.readInstruction(fields)
        try self.readContents(fields)
        try self.readTools(fields)
        if let generation = try fields.fields("generationConfig") {
            try self.readGeneration(generation)
            try self.readOutput(generation)
            try self.readThinking(generation)
        }
    }
}
