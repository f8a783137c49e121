import Dialects
import NIOCore
import Vocabulary

/// What a server answers that was asked for more than Chat.
extension Answer {
    /// Bytes of a stream in the caller's own dialect.
    mutating func pass(_ bytes: ByteBuffer) -> Verdict {
        guard var stream = self.passed.take() else { return .wait }
        let out = stream.receive(bytes)
        let hasEnded = stream.hasEnded
        self.passed = stream
        if hasEnded { return self.endPassage(after: out) }
        guard out.readableBytes > 0 else { return .wait }
        self.state = .streaming
        return .stream(out)
    }

    /// The upstream's stream ended in order, or will say nothing more.
    /// - Parameter said: what is to be written before its end.
    mutating func endPassage(after said: ByteBuffer = ByteBuffer()) -> Verdict {
        guard var stream = self.passed.take() else { return .wait }
        let ending = stream.finish(now: self.now())
        self.passed = stream
        self.usage = stream.usage
        var out = said
        switch ending {
        case .complete(let last):
            out.writeImmutableBuffer(last)
            self.response = stream.response
            self.state = .over
            return .endStream(out)
        case .failed(let error, let last):
            guard self.isCommitted else { return self.broken(error) }
            out.writeImmutableBuffer(last)
            out.writeImmutableBuffer(self.failPassage(error))
            self.state = .over
            return .failInside(out, error.code)
        }
    }

    /// The error in the stream's own words.
    mutating func failPassage(_ error: GatewayError) -> ByteBuffer {
        guard var stream = self.passed.take() else { return ByteBuffer() }
        let out = stream.fail(error)
        self.usage = stream.usage
        self.passed = stream
        return out
    }

    /// The whole answer to a question for a number of tokens. Whatever is wrong with it, the number is estimated then.
    func counted(_ counter: TokenCounter, status: Int, body: ByteBuffer) -> Verdict {
        if Self.isMissing(status, body) { return .lacks(counter.service) }
        guard status == 200, case .translated(let translation, _) = self.call.form else {
            return .fail(GatewayError(.upstreamFailed, "The model server did not count (HTTP \(status))."))
        }
        switch counter.read(body) {
        case .count(let tokens): return .count(translation.tokenCount(tokens))
        case .ask(let next): return .ask(.counting(next))
        case .unknown: return .fail(GatewayError(.upstreamFailed, "The model server's answer counts no tokens."))
        }
    }

    /// Whether the path is not there, which a model that is not there must not be taken for.
    static func isMissing(_ status: Int, _ body: ByteBuffer) -> Bool {
        switch status {
        case 405, 501: true
        case 404: OpenAI.message(in: body)?.lowercased().contains("model") != true
        default: false
        }
    }
}
