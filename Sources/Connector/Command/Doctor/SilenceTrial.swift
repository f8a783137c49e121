private import Foundation
private import NIOCore
internal import TunnelTransport
internal import Uplink

/// What became of an answer that said nothing for a while, and what that means for the connector.
struct SilenceTrial: Sendable {
    /// For how long the relay was to say nothing.
    var seconds: Int
    var way: Way

    /// What the relay is asked for.
    static func plan(seconds: Int) -> ProbePlan { ProbePlan(silence: seconds * 1_000) }

    var finding: Finding {
        guard let answer = self.way.answer else {
            return Finding(.idle, .failed, self.way.failure?.description ?? "no answer", advice: "try again")
        }
        let ended = Double(answer.ended.nanoseconds) / 1_000_000_000
        let time = String(format: "%.1f s", ended)
        let silence = "\(self.seconds) s of silence"
        guard !answer.events.isEmpty else {
            let said = answer.reason.map { ": \($0)" } ?? ""
            return Finding(
                .idle,
                .failed,
                "HTTP \(answer.status) after \(time) in place of an answer with \(silence)\(said)",
                advice:
                    "try again; if it stays so, a proxy before the relay gives up too early: look at its time limits"
            )
        }
        // What is cut may look whole: where the end of the connection is that of the answer, or a proxy makes one of it.
        if answer.isWhole, answer.events.count == 1 + Self.plan(seconds: self.seconds).pieces {
            return Finding(.idle, .ok, "a connection lives through \(silence)")
        }
        // Tunnels speak every five seconds, streamed answers every fifteen.
        return Finding(
            .idle,
            ended < 6 ? .failed : .warning,
            "a silent connection is cut after \(time)",
            advice:
                "raise the time limit of what cuts it (proxy_read_timeout, timeout tunnel); a tunnel is never silent for "
                + "more than 5 s, a streamed answer for more than 15 s"
        )
    }
}
