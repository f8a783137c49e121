import NIOCore

/// The probabilities of an answer's tokens, gathered for its `logprobsResult`.
struct GeminiLogprobs {
    /// Elements of `chosenCandidates`, with commas between them.
    private var chosen = ByteBuffer()
    /// Elements of `topCandidates`, one for each of the chosen.
    private var top = ByteBuffer()
    private var hasTop = false
    private var sum = 0.0
    private var count = 0

    /// - Parameter content: Chat's `logprobs.content`; elements that are none are skipped.
    mutating func append(_ content: JSONValue) {
        for entry in content.array ?? [] {
            guard let token = entry["token"]?.string, let logprob = entry["logprob"], let value = logprob.double else {
                continue
            }
            if self.count > 0 {
                self.chosen.writeStaticString(",")
                self.top.writeStaticString(",")
            }
            self.count += 1
            self.sum += value
            self.chosen.writeJSON(["token": .string(token), "logProbability": logprob])
            var others: [JSONValue] = []
            for other in entry["top_logprobs"]?.array ?? [] {
                guard let token = other["token"], let logprob = other["logprob"] else { continue }
                others.append(["token": token, "logProbability": logprob])
            }
            self.hasTop = self.hasTop || !others.isEmpty
            self.top.writeJSON(["candidates": .array(others)])
        }
    }

    /// Writes the members of a candidate, with a comma in front; nothing when there are no probabilities.
    func write(into bytes: inout ByteBuffer) {
        guard self.count > 0 else { return }
        let average = self.sum / Double(self.count)
        if average.isFinite { bytes.writeString(",\"avgLogprobs\":\(average)") }
        bytes.writeStaticString(#","logprobsResult":{"chosenCandidates":["#)
        bytes.writeImmutableBuffer(self.chosen)
        if self.hasTop {
            bytes.writeStaticString(#"],"topCandidates":["#)
            bytes.writeImmutableBuffer(self.top)
        }
        bytes.writeStaticString("]}")
    }
}
