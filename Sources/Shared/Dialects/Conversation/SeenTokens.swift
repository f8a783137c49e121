/// How many tokens a streamed answer seems to have, by what passed by of it.
///
/// Most servers send a token with each event. Some put many into one, as vLLM does with `--stream-interval` and every server with what
/// it guesses ahead; there the bytes of its words tell.
struct SeenTokens {
    /// Events with words, or with what stands in their place.
    var events = 0
    /// Bytes of words, of reasoning and of the arguments of calls.
    var bytes = 0

    /// Bytes of prose for each token, in English; other languages have fewer.
    static let bytesPerToken = 4

    var count: Int { max(self.events, self.bytes / Self.bytesPerToken) }
}
