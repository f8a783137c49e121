import Dialects
import Gateway
import NIOCore
import Vocabulary

@testable import Ingress

/// Begins turns that the test answers.
final class ScriptedDesk: TurnDesk {
    let errorCodes = ErrorCodes()
    final class Call: OpenCall {
        private(set) var hasStarted = false
        private(set) var hasLeft = false

        func start() { self.hasStarted = true }
        func callerLeft() { self.hasLeft = true }
        func callerWritable() {}
    }

    /// Does everything at once.
    struct Bench: Workshop {
        func run<Product: Sendable>(_ work: @escaping @Sendable () throws -> Product) async throws -> Product {
            try work()
        }
    }

    var isStopping = false
    var workshop: any Workshop { Bench() }
    let lane: CallLane
    /// For each turn that is begun, why it may not be; `nil` where it may.
    var refusals: [GatewayError?] = []
    private(set) var turns: [(turn: ResponsesConversation.Turn, responder: any CallResponder, call: Call)] = []
    private(set) var isClosed = false

    init(_ eventLoop: any EventLoop) {
        self.lane = CallLane(eventLoop: eventLoop, number: 0, seed: 1, time: 0)
    }

    func begin(
        _ turn: ResponsesConversation.Turn,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        if !self.refusals.isEmpty, let refusal = self.refusals.removeFirst() { throw refusal }
        let call = Call()
        self.turns.append((turn, responder, call))
        return call
    }

    func close() { self.isClosed = true }
}
