private import FoundationEssentials
import Vocabulary

/// The demo model's answer to one request, as the bytes of an HTTP answer.
enum DemoAnswer: Equatable {
    /// One document.
    case whole(status: Int, body: String)
    /// Server-sent events: those of the first group leave at once, each further one after its word's time.
    case stream([String])

    /// - Parameters:
    ///   - body: the request's body.
    ///   - created: seconds since 1970, as `created` says them.
    init(_ service: UpstreamService, body: some Sequence<UInt8>, created: Int) {
        do throws(DemoRequest.Fault) {
            let request = try DemoRequest(service, body: body)
            switch request.task {
            case .chat(let prompt): self = Self.text(.chat, request, prompt: prompt, created: created)
            case .completion(let prompt): self = Self.text(.completions, request, prompt: prompt, created: created)
            case .embeddings(let inputs, let dimensions, let asBase64):
                self = Self.embeddings(request, inputs, dimensions: dimensions, asBase64: asBase64)
            }
        } catch {
            self = .whole(status: 400, body: Self.error(error.message, parameter: error.parameter))
        }
    }

    static func error(_ message: String, parameter: String? = nil) -> String {
        let parameter = parameter.map { JSON.quoted($0) } ?? "null"
        let text = JSON.quoted(message)
        return #"{"error":{"message":\#(text),"type":"invalid_request_error","param":\#(parameter),"code":null}}"#
    }

    // MARK: Text

    private static func text(
        _ service: UpstreamService,
        _ request: DemoRequest,
        prompt: String,
        created: Int
    ) -> Self {
        let answer = DemoModel.answer(to: prompt, limit: request.limit, stops: request.stops)
        let usage = self.usage(prompt: DemoModel.count(prompt), answer: answer.words.count)
        let shape = Shape(service: service, model: request.model, prompt: prompt, created: created)
        guard request.isStreamed else {
            return .whole(status: 200, body: shape.whole(answer.words.joined(), answer.finishReason, usage: usage))
        }
        var events = answer.words.enumerated().map { shape.piece($1, isFirst: $0 == 0, request.includesUsage) }
        // What follows the last word leaves with it.
        var tail = shape.finish(answer.finishReason, request.includesUsage)
        if request.includesUsage { tail += shape.usage(usage) }
        tail += "data: [DONE]\n\n"
        events.append((events.popLast() ?? "") + tail)
        return .stream(events)
    }

    private static func usage(prompt: Int, answer: Int) -> String {
        #"{"prompt_tokens":\#(prompt),"completion_tokens":\#(answer),"total_tokens":\#(prompt + answer)}"#
    }

    /// How a text is put into JSON.
    private struct Shape {
        let isChat: Bool
        let head: String

        init(service: UpstreamService, model: String, prompt: String, created: Int) {
            self.isChat = service == .chat
            let id = (self.isChat ? "chatcmpl-demo-" : "cmpl-demo-") + String(DemoModel.hash(prompt.utf8), radix: 16)
            self.head = #"{"id":"\#(id)","created":\#(created),"model":\#(JSON.quoted(model)),"object":"#
        }

        func whole(_ text: String, _ reason: String, usage: String) -> String {
            let text = JSON.quoted(text)
            let content =
                self.isChat
                ? #""message":{"role":"assistant","content":\#(text),"refusal":null}"# : #""text":\#(text)"#
            let choice = #"{"index":0,\#(content),"logprobs":null,"finish_reason":"\#(reason)"}"#
            let object = self.isChat ? "chat.completion" : "text_completion"
            return self.head + #""\#(object)","choices":[\#(choice)],"usage":\#(usage)}"#
        }

        func piece(_ text: String, isFirst: Bool, _ hasUsage: Bool) -> String {
            let text = JSON.quoted(text)
            let role = isFirst ? #""role":"assistant","# : ""
            let content = self.isChat ? #""delta":{\#(role)"content":\#(text)}"# : #""text":\#(text)"#
            return self.event(#"{"index":0,\#(content),"logprobs":null,"finish_reason":null}"#, hasUsage)
        }

        func finish(_ reason: String, _ hasUsage: Bool) -> String {
            let content = self.isChat ? #""delta":{}"# : #""text":"""#
            return self.event(#"{"index":0,\#(content),"logprobs":null,"finish_reason":"\#(reason)"}"#, hasUsage)
        }

        func usage(_ usage: String) -> String {
            self.line(#""\#(self.object)","choices":[],"usage":\#(usage)}"#)
        }

        private var object: String { self.isChat ? "chat.completion.chunk" : "text_completion" }

        private func event(_ choice: String, _ hasUsage: Bool) -> String {
            self.line(#""\#(self.object)","choices":[\#(choice)]\#(hasUsage ? #","usage":null"# : "")}"#)
        }

        private func line(_ rest: String) -> String { "data: " + self.head + rest + "\n\n" }
    }

    // MARK: Embeddings

    private static func embeddings(
        _ request: DemoRequest,
        _ inputs: [String],
        dimensions: Int,
        asBase64: Bool
    ) -> Self {
        let data = inputs.enumerated().map { index, input in
            let vector = DemoModel.embedding(of: input, dimensions: dimensions)
            let numbers = asBase64 ? "" : vector.map { "\(Float($0))" }.joined(separator: ",")
            let value = asBase64 ? "\"\(Base64.text(of: vector))\"" : "[\(numbers)]"
            return #"{"object":"embedding","index":\#(index),"embedding":\#(value)}"#
        }
        let words = inputs.reduce(0) { $0 + DemoModel.count($1) }
        let usage = #"{"prompt_tokens":\#(words),"total_tokens":\#(words)}"#
        let model = JSON.quoted(request.model)
        return .whole(
            status: 200,
            body: #"{"object":"list","data":[\#(data.joined(separator: ","))],"model":\#(model),"usage":\#(usage)}"#
        )
    }

    private enum Base64 {
        /// Numbers of 32 bits, the lowest byte first, as OpenAI's `encoding_format: base64` has them.
        static func text(of vector: [Double]) -> String {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(vector.count * 4)
            for number in vector {
                withUnsafeBytes(of: Float(number).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            return Data(bytes).base64EncodedString()
        }
    }
}
