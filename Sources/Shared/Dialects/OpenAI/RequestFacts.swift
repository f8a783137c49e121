/// What the relay has to know of a request's body; everything else in it stays as it came. Offsets count bytes of the body.
package struct RequestFacts: Hashable, Sendable {
    /// The kind of a member's value.
    package enum Presence: Hashable, Sendable {
        case missing
        /// An array or a string without anything in it, or null.
        case empty
        case filled
        /// A kind that the member cannot have.
        case wrongKind
    }

    /// A string member.
    package struct Text: Hashable, Sendable {
        package var text: String
        /// Where the value stands, its quotes included.
        package var value: Range<Int>
    }

    /// An array member.
    package struct List: Hashable, Sendable {
        /// Where it begins.
        package var start: Int
        package var count: Int
    }

    /// `stream_options`, as far as it says something of the usage.
    package struct StreamOptions: Hashable, Sendable {
        /// Where the value stands.
        package var value: Range<Int>
        package var isObject: Bool
        package var isEmpty: Bool
        /// What `include_usage` says; `nil` when it is not there or no boolean.
        package var includesUsage: Bool?
        /// Where the value of `include_usage` stands.
        package var includeUsageValue: Range<Int>?
    }

    package var isObject = false
    /// Where the outermost object begins.
    package var openBrace = 0
    package var isEmptyObject = true
    package var model: Text?
    package var modelIsWrongKind = false
    /// The model is a text longer than any name.
    package var modelIsTooLong = false
    /// What `stream` says; `nil` when it is not there or null.
    package var stream: Bool?
    package var streamIsWrongKind = false
    package var messages = Presence.missing
    package var prompt = Presence.missing
    package var input = Presence.missing
    package var streamOptions: StreamOptions?
    package var encodingFormat: String?
    package var serviceTier: String?
    // Where the values of members stand that should be numbers, whatever they are.

    /// Of `max_tokens`.
    package var maximumTokens: Range<Int>?
    /// Of `max_completion_tokens`.
    package var maximumCompletionTokens: Range<Int>?
    /// Of `n_predict`, llama.cpp's name for the same.
    package var predictedTokens: Range<Int>?
    /// Of `n`.
    package var choices: Range<Int>?
    /// Of `best_of`.
    package var candidates: Range<Int>?
    /// Of `n_cmpl`, llama.cpp's name for `n`.
    package var completions: Range<Int>?
    /// What `prompt` is, if it is an array.
    package var promptList: List?
}
