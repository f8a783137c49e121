import NIOCore
package import Vocabulary

/// What a model server's stream says, one thing at a time, whatever dialect it is told in afterwards.
///
/// Texts are increments and still escaped. `choice` is 0 unless the request wanted several answers.
package enum AnswerEvent: Hashable, Sendable {
    case reasoning(EscapedText, choice: Int)
    case text(EscapedText, choice: Int)
    case refusal(EscapedText, choice: Int)
    /// A tool call whose name is known; comes once for each `index`, which counts from 0 without gaps, and before its arguments.
    case toolCall(index: Int, id: String, name: EscapedText, choice: Int)
    /// A piece of a tool call's arguments; calls may take turns.
    case toolArguments(EscapedText, index: Int, choice: Int)
    /// The probabilities of the tokens that were said last: Chat's `logprobs.content`, an array.
    case logprobs(JSONValue, choice: Int)
    /// Why a choice is over; the usage may still follow.
    case finish(FinishReason, choice: Int)
    case usage(Usage)

    /// How many bytes of words it has.
    var words: Int {
        switch self {
        case .reasoning(let text, _), .text(let text, _), .refusal(let text, _), .toolArguments(let text, _, _):
            text.bytes.readableBytes
        case .toolCall, .logprobs, .finish, .usage: 0
        }
    }
}

/// Why a model stopped.
package enum FinishReason: Hashable, Sendable {
    case stop
    /// One of the caller's own stop sequences was said; which one, if the server tells.
    case stopSequence(String)
    case length
    case toolCalls
    case contentFilter
}

/// A whole answer.
package struct Reply: Hashable, Sendable {
    package struct Choice: Hashable, Sendable {
        package var reasoning = ""
        package var text = ""
        package var refusal: String?
        package var toolCalls: [Message.ToolCall] = []
        /// Chat's `logprobs.content`, an array.
        package var logprobs: JSONValue?
        package var finish: FinishReason

        package init(finish: FinishReason) {
            self.finish = finish
        }
    }

    /// In the order of their indices; never empty.
    package var choices: [Choice]
    package var usage: Usage?

    package init(choices: [Choice], usage: Usage?) {
        self.choices = choices
        self.usage = usage
    }
}
