import Dialects
import Gateway
import NIOCore
import Vocabulary

/// Where a WebSocket's turns are made.
protocol TurnDesk {
    /// Whether the relay stops, so that nothing new begins.
    var isStopping: Bool { get }
    /// What errors are called.
    var errorCodes: ErrorCodes { get }
    /// Where long messages are read.
    var workshop: any Workshop { get }
    /// The event loop's clock and list of those who want to know that time passes.
    var lane: CallLane { get }
    /// Begins a turn, which answers to `responder` by itself.
    /// - Returns: the call, ready to be started.
    func begin(
        _ turn: ResponsesConversation.Turn,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall
    /// The WebSocket is gone.
    func close()
}

/// Makes turns by the gateway, for one caller.
struct GatewayTurnDesk: TurnDesk {
    let gateway: Gateway
    let lane: CallLane
    let caller: Caller
    let passedHeaders: [(name: String, value: String)]

    var isStopping: Bool { self.gateway.isStopping }
    var errorCodes: ErrorCodes { self.gateway.errorCodes }
    var workshop: any Workshop { self.gateway.workshop }

    func begin(
        _ turn: ResponsesConversation.Turn,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        try self.gateway.begin(
            Gateway.Turn(
                id: self.lane.makeCallID(at: .now()),
                caller: self.caller,
                passedHeaders: self.passedHeaders,
                turn: turn,
                arrived: .now()
            ),
            on: self.lane,
            answeringTo: responder
        )
    }

    func close() { self.gateway.closed(by: self.caller) }
}
