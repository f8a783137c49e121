import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// What a key has used, and what is left.
extension CallHandler {
    func showUsage(_ head: HTTPRequestHead, query: Substring) {
        do throws(GatewayError) {
            let caller = try self.identify(head.headers)
            let days = Target.fields(of: query).first { $0.name == "days" }.flatMap { Int($0.value) } ?? 30
            let gateway = self.site.gateway
            // A question for people, which the database answers: not a matter of the event loop.
            self.ask { () async throws(GatewayError) in
                try await gateway.usage(of: caller, days: min(max(days, 1), 366))
            }
        } catch {
            self.respond(error)
        }
    }

    /// Answers with what is found out elsewhere, and goes on when the answer is there.
    func ask(_ question: @escaping @Sendable () async throws(GatewayError) -> ByteBuffer) {
        self.phase = .asking
        let bound = NIOLoopBound(self, eventLoop: self.loop.lane.eventLoop)
        let id = self.asked.id
        Task {
            let answer: Result<ByteBuffer, GatewayError>
            do throws(GatewayError) {
                answer = .success(try await question())
            } catch {
                answer = .failure(error)
            }
            bound.eventLoop.execute { bound.value.tell(answer, id) }
        }
    }

    private func tell(_ answer: Result<ByteBuffer, GatewayError>, _ id: CallID) {
        // The caller may be gone by now.
        guard self.asked.id == id else { return }
        switch self.phase {
        case .asking: self.phase = .discarding(since: .now())
        case .answering: break
        case .idle, .reading, .readingAdministration, .discarding, .leaving, .closed: return
        }
        switch answer {
        case .success(let body): self.respond(body)
        case .failure(let error): self.respond(error)
        }
    }
}
