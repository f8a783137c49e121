/// A request to a generative model in the one form that every dialect is translated to, and Chat is written from.
///
/// It holds what can be said in Chat. What a dialect can say beyond it is dropped or refused where the dialect is read.
package struct Conversation: Hashable, Sendable {
    /// The name in the request: a deployment.
    package var model: String
    package var messages: [Message] = []
    package var tools: [Tool] = []
    package var toolChoice: ToolChoice?
    package var allowsParallelToolCalls: Bool?
    package var sampling = Sampling()
    /// The most tokens that the answer may have, reasoning included.
    package var maximumTokens: Int?
    package var stopSequences: [String] = []
    /// How many answers are wanted; `nil` is one.
    package var choices: Int?
    package var output = OutputFormat.text
    package var reasoning: Reasoning?
    package var streams = false
    /// Who the caller's own user is, for the model server's records.
    package var user: String?
    /// Members that no dialect defines but model servers know (`top_k`, `min_p`, `chat_template_kwargs` …), as they came.
    package var extras = JSONObject()

    package init(model: String) {
        self.model = model
    }
}

extension Conversation {
    /// How the next token is chosen. Numbers keep their spelling; what is `nil` is left to the model server.
    package struct Sampling: Hashable, Sendable {
        package var temperature: JSONValue?
        package var topP: JSONValue?
        package var topK: JSONValue?
        package var frequencyPenalty: JSONValue?
        package var presencePenalty: JSONValue?
        package var seed: JSONValue?
        package var logitBias: JSONValue?
        /// Whether each token's probability is wanted, and how many others' beside it.
        package var logprobs = false
        package var topLogprobs: Int?

        package init() {}
    }

    /// What shape the answer's text must have.
    package enum OutputFormat: Hashable, Sendable {
        case text
        /// Any JSON object.
        case json
        case schema(Schema)

        package struct Schema: Hashable, Sendable {
            package var name: String
            package var schema: JSONValue
            package var isStrict: Bool?
            package var description: String?

            package init(name: String, schema: JSONValue, isStrict: Bool? = nil, description: String? = nil) {
                self.name = name
                self.schema = schema
                self.isStrict = isStrict
                self.description = description
            }
        }
    }

    /// How much the model is to think before it answers.
    package enum Reasoning: Hashable, Sendable {
        case off
        /// The word as it goes to the server: `minimal`, `low`, `medium`, `high`, `xhigh` or `max`.
        case effort(String)

        /// The effort that comes nearest to a budget of tokens.
        package static func budget(_ tokens: Int) -> Reasoning {
            switch tokens {
            case ...0: .off
            case ..<2_000: .effort("low")
            case ..<8_000: .effort("medium")
            default: .effort("high")
            }
        }
    }

    /// A function that the model may call.
    package struct Tool: Hashable, Sendable {
        package var name: String
        package var description: String?
        /// A JSON Schema of the arguments.
        package var parameters: JSONValue
        package var isStrict: Bool?

        package init(name: String, description: String?, parameters: JSONValue, isStrict: Bool? = nil) {
            self.name = name
            self.description = description
            self.parameters = parameters
            self.isStrict = isStrict
        }
    }

    package enum ToolChoice: Hashable, Sendable {
        case automatic
        case none
        case required
        case tool(String)
    }
}
