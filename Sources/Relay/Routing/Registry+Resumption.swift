import NIOCore
import Synchronization
package import TunnelProtocol
import TunnelTransport
import Vocabulary

/// What calls need whose tunnel has died: another one of the same session.
extension Registry {
    /// Where a call goes on.
    package enum Continuation {
        /// Here, and it is counted here.
        case moved(Route)
        /// Nowhere yet: who waits is woken by the session's next tunnel. The number takes the wait back.
        case waiting(Int)
        /// Nowhere: the connector was stopping and opens no tunnel any more, its token was revoked, or the relay is stopping and lets none in.
        case never
    }

    /// Calls that wait for a tunnel of a session, and what its next tunnel is to be told.
    struct Absence {
        /// The token of the session's tunnels.
        var token: String
        /// Called with whether a tunnel has come; if not, none ever will.
        var waiting: [Int: @Sendable (Bool) -> Void] = [:]
        /// Calls whose callers have left meanwhile.
        var left: [CallStreamName] = []
        /// When somebody was last added to it.
        var at = NIODeadline.now()
    }

    /// Finds another tunnel of a call's session for it, or waits for one.
    ///
    /// Any of them has a way to the same connector. One with the same place in the session is preferred, since it lives where the old one did.
    /// - Parameter wake: called once, on any thread, when a tunnel of the session has come (`true`) or it is certain that none will.
    package func goOn(_ route: Route, wake: @escaping @Sendable (Bool) -> Void) -> Continuation {
        self.state.withLock { state in
            let old = route.tunnel
            guard !state.ended.contains(old.ticket.token) else { return .never }
            var best: (member: Member, rank: Int)?
            for (number, member) in state.tunnels
            where number != old.number && member.entry.resumes && member.entry.ticket.session == old.ticket.session {
                guard member.entry.ticket.covers(route.deployment) else { continue }
                let rank = (member.isDraining ? 0 : 2) + (member.entry.index == old.index ? 1 : 0)
                if let best, best.rank >= rank { continue }
                best = (member, rank)
            }
            guard let best else {
                guard !old.isLastOne.load(ordering: .relaxed), !state.isDraining else { return .never }
                state.nextWait += 1
                let absence = Absence(token: old.ticket.token)
                state.absences[old.ticket.session, default: absence].waiting[state.nextWait] = wake
                return .waiting(state.nextWait)
            }
            Self.uncount(route)
            let tally = best.member.tally(of: route.deployment)
            best.member.openCalls += 1
            tally.calls += 1
            return .moved(route.moved(to: best.member, tally))
        }
    }

    /// Nobody waits any more.
    package func stopWaiting(_ wait: Int, for route: Route) {
        self.state.withLock { state in
            let session = route.tunnel.ticket.session
            guard var absence = state.absences[session] else { return }
            absence.waiting[wait] = nil
            state.absences[session] = absence.waiting.isEmpty && absence.left.isEmpty ? nil : absence
        }
    }

    /// A call that no tunnel carries is not wanted any more: its connector hears of it as soon as there is a way.
    package func cancel(_ name: CallStreamName, of route: Route) {
        let entry = self.state.withLock { state -> TunnelEntry? in
            let old = route.tunnel
            let live = state.tunnels.values.first {
                $0.entry.number != old.number && $0.entry.resumes && $0.entry.ticket.session == old.ticket.session
            }
            if let live { return live.entry }
            let now = NIODeadline.now()
            state.absences = state.absences.filter {
                !$0.value.waiting.isEmpty || now - $0.value.at < Self.longestAbsence
            }
            var absence = state.absences[old.ticket.session] ?? Absence(token: old.ticket.token)
            absence.at = now
            if absence.left.count < Self.mostLeft { absence.left.append(name) }
            state.absences[old.ticket.session] = absence
            return nil
        }
        guard let entry else { return }
        entry.eventLoop.execute { entry.tunnel.value.send(.cancel(calls: [name])) }
    }

    /// No connector keeps anything for longer.
    private static let longestAbsence = TimeAmount.seconds(600)
    /// How many calls of one session are remembered that are not wanted any more; the rest end by themselves.
    private static let mostLeft = 4_096
}
