/// Answers in the shapes of the OpenAI API.
extension UpstreamCall {
    /// When every answer was made, in seconds since 1970.
    static let created = 1_790_000_000

    /// A whole chat answer with the model's own name.
    package static func chat(_ content: String, model: String = "scripted") -> String {
        Stand.current?.confidences.add(words: content)
        return """
            {"id":"chatcmpl-1","object":"chat.completion","created":\(Self.created),"model":"\(model)","choices":[\
            {"index":0,"message":{"role":"assistant","content":"\(content)"},"logprobs":null,"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}
            """
    }

    /// The data of one event of a chat stream.
    /// - Parameters:
    ///   - delta: the JSON object of the choice's delta.
    ///   - finish: the finish reason, when this is the last one of the choice.
    package static func chunk(_ delta: String, model: String = "scripted", finish: String? = nil) -> String {
        """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":\(Self.created),"model":"\(model)","choices":[\
        {"index":0,"delta":\(delta),"logprobs":null,"finish_reason":\(finish.map { "\"\($0)\"" } ?? "null")}]}
        """
    }

    /// The data of one event that adds words.
    package static func words(_ text: String, model: String = "scripted") -> String {
        Stand.current?.confidences.add(words: text)
        return Self.chunk("{\"content\":\"\(text)\"}", model: model)
    }

    /// The data of the event that reports usage, which comes after the last choice.
    package static func usage(model: String = "scripted") -> String {
        """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":\(Self.created),"model":"\(model)","choices":[],\
        "usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}
        """
    }

    /// Streams a whole answer, one event a word.
    package func stream(_ words: [String], model: String = "scripted", reportsUsage: Bool = true) async throws {
        try await self.begin()
        try await self.send(event: Self.chunk("{\"role\":\"assistant\",\"content\":\"\"}", model: model))
        for word in words { try await self.send(event: Self.words(word, model: model)) }
        try await self.finishStream(model: model, reportsUsage: reportsUsage)
    }

    /// Sends the end of a chat stream: finish reason, usage when it was asked for, `[DONE]`.
    package func finishStream(model: String = "scripted", reportsUsage: Bool = true) async throws {
        try await self.send(event: Self.chunk("{}", model: model, finish: "stop"))
        if reportsUsage { try await self.send(event: Self.usage(model: model)) }
        try await self.send(event: "[DONE]")
        // Whoever has read this knows that nothing follows, and may be gone by now.
        try? await self.end()
    }
}
