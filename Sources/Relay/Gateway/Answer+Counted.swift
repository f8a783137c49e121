import Dialects
import NIOCore
import Vocabulary

/// What a server answers that was asked something which not every server knows.
extension Answer {
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
