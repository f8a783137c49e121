package import NIOCore
import Synchronization
import TunnelProtocol
import TunnelTransport

/// How answers are kept whose tunnel has died.
package struct AnswerKeeping: Hashable, Sendable {
    /// For how long; zero keeps none.
    package var time: TimeAmount
    /// How much of each, in bytes; then its model server waits.
    package var bytes: Int

    package init(time: TimeAmount = .seconds(30), bytes: Int = 1 << 20) {
        self.time = time
        self.bytes = bytes
    }
}

/// Every call that may go on in another tunnel, and what became of those that may not; of all event loops.
///
/// One short lock when a call begins and one when it ends; nothing is asked of it in between.
final class KeptCalls: Sendable {
    private struct State {
        var calls: [CallStreamName: NIOLoopBound<Forwarder>] = [:]
        /// Those that no tunnel carries now, and since when.
        var suspended: [CallStreamName: NIODeadline] = [:]
        var departed = DepartedCalls()
    }

    private let state = Mutex(State())

    /// A call begins.
    /// - Returns: why it must not.
    func enter(_ name: CallStreamName, _ call: NIOLoopBound<Forwarder>) -> ApplicationErrorCode? {
        self.state.withLock { state in
            if !state.departed.isEmpty, let code = state.departed.code(of: name) { return code }
            // Not one that takes the place of another, whose relay still wants its answer.
            guard let other = state.calls.updateValue(call, forKey: name) else { return nil }
            state.calls[name] = other
            return .protocolViolation
        }
    }

    /// A call is over.
    func forget(_ name: CallStreamName) {
        self.state.withLock { state in
            state.calls[name] = nil
            if !state.suspended.isEmpty { state.suspended[name] = nil }
        }
    }

    /// A call has ended in a way that its relay may not hear of.
    func depart(_ name: CallStreamName, _ code: ApplicationErrorCode) {
        // Nobody needs to be told that a call was not started that is not known.
        guard code != .refused, code != .draining, code != .upstreamUnreachable else { return }
        self.state.withLock { $0.departed.note(name, code, now: .now()) }
    }

    func suspend(_ name: CallStreamName) {
        self.state.withLock { $0.suspended[name] = .now() }
    }

    /// How many calls there are, in a tunnel or in none.
    var count: Int { self.state.withLock { $0.calls.count } }

    /// How many calls no tunnel carries now.
    var suspendedCount: Int { self.state.withLock { $0.suspended.count } }

    /// The call that a relay wants to go on, or what the relay is told.
    func find(_ name: CallStreamName) -> Result<NIOLoopBound<Forwarder>, Departure> {
        self.state.withLock { state in
            if let call = state.calls[name] {
                state.suspended[name] = nil
                return .success(call)
            }
            return .failure(Departure(code: state.departed.answer(for: name, now: .now())))
        }
    }

    /// What a relay is told of a call that is not there.
    func answer(for name: CallStreamName) -> ApplicationErrorCode {
        self.state.withLock { $0.departed.answer(for: name, now: .now()) }
    }

    /// Why a call does not go on.
    struct Departure: Error {
        var code: ApplicationErrorCode
    }

    /// The callers of these have left.
    func cancel(_ names: [CallStreamName]) {
        let calls = self.state.withLock { state in names.compactMap { state.calls[$0] } }
        for call in calls { call.eventLoop.execute { call.value.cancel() } }
    }

    /// Nobody is expected to ask any more for what no tunnel has carried since then.
    ///
    /// A model has begun with it: who asks all the same is told that it was lost, and never that it was not started.
    func giveUpSuspended(since then: NIODeadline) {
        let calls = self.state.withLock { state in
            state.suspended.filter { $0.value <= then }.keys.compactMap { state.calls[$0] }
        }
        for call in calls {
            call.eventLoop.execute {
                // The relay may have asked since.
                if call.value.kept?.isCarried == false { call.value.fail(.lost) }
            }
        }
    }
}
