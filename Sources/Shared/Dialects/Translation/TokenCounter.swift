package import NIOCore
package import Vocabulary

/// How a model server is asked for the number of a request's tokens, question by question; a pure value.
///
/// ```
/// llama.cpp   chat/input_tokens ─▶ count        or   apply-template ─▶ tokenize ─▶ count
/// vLLM        tokenize, with messages ─▶ count
/// SGLang      messages/count_tokens ─▶ count
/// ```
/// The question is the request as the model would get it, with its template and its tools, so that the number is the one that the
/// server would report for the call itself.
package struct TokenCounter: Hashable, Sendable {
    /// What an answer leads to.
    package enum Outcome: Hashable, Sendable {
        case count(Int)
        case ask(TokenCounter)
        /// The answer says nothing of tokens.
        case unknown
    }

    private enum Question: Hashable, Sendable {
        /// llama.cpp's README, `POST /v1/chat/completions/input_tokens`.
        case chat
        /// llama.cpp's README, `POST /apply-template`.
        case template
        /// llama.cpp's README, `POST /tokenize`, with what the template made.
        case prompt(String)
        /// vLLM's `TokenizeChatRequest`.
        case conversation
        /// Anthropic's own shape.
        case messages
    }

    private let question: Question

    /// The first question to a server; `nil` when it does not count.
    package init?(_ server: ModelServer) {
        switch server.kind {
        case .llamaCpp where server.services.contains(.chatTokenCount): self.question = .chat
        case .llamaCpp where server.services.isSuperset(of: [.template, .tokenizer]): self.question = .template
        case .vllm where server.services.contains(.tokenizer): self.question = .conversation
        case .sglang where server.services.contains(.messagesTokenCount): self.question = .messages
        default: return nil
        }
    }

    private init(_ question: Question) {
        self.question = question
    }

    /// What of the server is asked.
    package var service: UpstreamService {
        switch self.question {
        case .chat: .chatTokenCount
        case .template: .template
        case .prompt, .conversation: .tokenizer
        case .messages: .messagesTokenCount
        }
    }

    /// The question's body.
    /// - Parameters:
    ///   - chat: the request in Chat's words, as the model would get it.
    ///   - messages: the same in Anthropic's.
    func body(chat: JSONObject, messages: @autoclosure () -> JSONObject) -> ByteBuffer {
        var body = chat
        switch self.question {
        case .chat, .template:
            // What is not streamed needs no usage.
            body["stream"] = nil
            body["stream_options"] = nil
        case .prompt(let prompt):
            // The template writes special tokens out, all but the one at the beginning.
            body = JSONObject([("content", .string(prompt)), ("add_special", true), ("parse_special", true)])
        case .conversation:
            body = JSONObject()
            for key in ["model", "messages", "tools", "chat_template_kwargs"] { body[key] = chat[key] }
            body["add_generation_prompt"] = true
        case .messages:
            body = messages()
        }
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(body))
        return bytes
    }

    /// Reads the answer to the question.
    package func read(_ answer: ByteBuffer) -> Outcome {
        guard let value = try? JSONValue(reading: answer) else { return .unknown }
        switch self.question {
        case .template:
            return value["prompt"]?.string.map { .ask(TokenCounter(.prompt($0))) } ?? .unknown
        case .chat, .messages:
            return value["input_tokens"]?.int.map { .count($0) } ?? .unknown
        case .conversation:
            return value["count"]?.int.map { .count($0) } ?? .unknown
        case .prompt:
            return value["tokens"]?.array.map { .count($0.count) } ?? .unknown
        }
    }
}
