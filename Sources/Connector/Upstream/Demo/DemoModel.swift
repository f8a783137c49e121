/// The demo model: the same words for the same question, and no secret about what it is.
enum DemoModel {
    /// What the demo model calls itself.
    static let name = "adit-demo"
    /// Words per second of a streamed answer: about what a small model does on a laptop.
    static let wordsPerSecond = 30

    /// A text and why it ended there.
    struct Text: Equatable {
        /// The words, each with the white space that precedes it.
        var words: [String]
        /// `stop`, or `length` when the request allowed no more.
        var finishReason: String
    }

    /// The answer to a prompt, cut at the request's stops and at its limit.
    static func answer(to prompt: String, limit: Int?, stops: [String]) -> Text {
        var text = self.text(about: prompt)
        if let cut = stops.compactMap({ text.firstRange(of: $0)?.lowerBound }).min() { text = String(text[..<cut]) }
        let words = self.pieces(of: text)
        guard let limit, words.count > limit else { return Text(words: words, finishReason: "stop") }
        return Text(words: Array(words.prefix(limit)), finishReason: "length")
    }

    /// How many words a text has: what the demo model reports in place of tokens.
    static func count(_ text: String) -> Int {
        text.split(whereSeparator: \.isWhitespace).count
    }

    /// A vector of length one; texts that share words are near each other.
    static func embedding(of text: String, dimensions: Int) -> [Double] {
        var sum = [Double](repeating: 0, count: dimensions)
        let words = text.lowercased().split(whereSeparator: \.isWhitespace)
        for word in words.isEmpty ? [""] : words {
            var state = self.hash(word.utf8)
            for index in sum.indices {
                sum[index] += Double(Int64(bitPattern: self.mix(&state))) / 9.3e18
            }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? sum.map { $0 / length } : sum
    }

    /// FNV-1a.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    // MARK: Inside

    private static func text(about prompt: String) -> String {
        let words = prompt.split(whereSeparator: \.isWhitespace)
        let quoted = words.prefix(12).joined(separator: " ") + (words.count > 12 ? " …" : "")
        let heard = words.isEmpty ? "You sent no words." : "You sent \(words.count) words: «\(quoted)»."
        return """
            This is the demo model of adit-connector. It is no AI and says much the same to everybody, word by word, so \
            that you can watch the tunnel work. \(heard) Each word on its way to you has passed the connector, the tunnel \
            and the relay by itself; the usage that is reported counts words, not tokens. To put a real model here, start \
            Ollama, llama.cpp, vLLM, SGLang or LM Studio and run adit-connector with --upstream and its URL.
            """
    }

    /// The words with the white space before each, so that they make the text again when they are put together.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for character in text {
            if character.isWhitespace, piece.last?.isWhitespace == false {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }

    /// SplitMix64.
    private static func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
