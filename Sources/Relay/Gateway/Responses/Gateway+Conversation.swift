import Accounts
import Admission
package import Dialects
package import NIOCore
package import Vocabulary

/// Turns of a WebSocket: each is one call, authorised, placed and counted like any other.
extension Gateway {
    /// A turn as its message said it.
    package struct Turn {
        package var id: CallID
        package var caller: Caller
        package var passedHeaders: [(name: String, value: String)]
        package var turn: ResponsesConversation.Turn
        package var arrived: NIODeadline

        package init(
            id: CallID,
            caller: Caller,
            passedHeaders: [(name: String, value: String)],
            turn: ResponsesConversation.Turn,
            arrived: NIODeadline
        ) {
            self.id = id
            self.caller = caller
            self.passedHeaders = passedHeaders
            self.turn = turn
            self.arrived = arrived
        }
    }

    /// The caller on a WebSocket of its own, whose responses it may go on from even when they are not to be stored.
    /// - Parameter address: where the caller is, which each turn may depend on.
    package func opened(by caller: Caller, from address: NetworkAddress?) -> Caller {
        var caller = caller
        caller.address = address
        caller.connection = self.responses.makeConnection()
        return caller
    }

    /// The caller's WebSocket is gone, and what was remembered for it alone.
    package func closed(by caller: Caller) {
        guard let connection = caller.connection else { return }
        self.responses.forget(connection: connection)
    }

    /// Whether the caller's key is still good.
    package func check(_ caller: Caller) throws(GatewayError) {
        try self.gatekeeper.check(caller.key)
    }

    /// The walk of one turn, in the order of every call.
    ///
    /// A warm-up is never read on the event loop, however short it is: it ends at once, and the next one of its connection begins.
    /// - Returns: the call, ready to be started.
    package func begin(
        _ turn: Turn,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let request = Request(
            id: turn.id,
            endpoint: .responses,
            caller: turn.caller,
            passedHeaders: turn.passedHeaders,
            body: turn.turn.text,
            facts: nil,
            arrived: turn.arrived,
            address: self.keepsAddresses ? turn.caller.address?.description : nil
        ).with(parsed: ParsedTurn(turn.turn))
        do throws(GatewayError) {
            // The key may have got other addresses meanwhile, and its group other dialects.
            let needed = Endpoint.responses.neededDialects
            try self.gatekeeper.check(turn.caller.key, from: turn.caller.address, for: needed)
        } catch {
            self.turnedAway(request, error)
            throw error
        }
        guard turn.turn.generates else { return Preparation(of: request, self, lane, responder) }
        return try self.begin(request, on: lane, answeringTo: responder)
    }

    /// Answers a turn that only prepares the next one: no model is asked.
    func warmUp(
        _ understood: Preparation.Understood,
        _ request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) {
        let (translation, grant) = (understood.translation, understood.grant)
        let form = Order.translated(translation).form(of: request, now: self.now)
        guard case .translated(_, let identity) = form, let answer = translation.warmUp(identity, now: self.now())
        else { throw GatewayError(.internalError, "The relay took this request for a turn of a WebSocket.") }
        self.keep(answer.response, of: form, for: request.caller, on: lane.eventLoop)
        responder.beginStream(.events)
        responder.write(answer.bytes)
        responder.endStream()
        self.observer.callEnded(
            CallRecord(
                of: request,
                as: grant,
                isStreamed: true,
                .completed,
                status: 200,
                usage: Usage(),
                bytesIn: request.body.readableBytes,
                bytesOut: answer.bytes.readableBytes
            )
        )
    }
}

extension Gateway.Request {
    /// Whether it only prepares the next turn of a WebSocket: no model is asked.
    var isWarmUp: Bool { self.parsed?.turn.generates == false }
}

/// A turn whose message has been read already; one object, so that every other request has room for no more than a reference.
final class ParsedTurn: Sendable {
    let turn: ResponsesConversation.Turn

    init(_ turn: ResponsesConversation.Turn) {
        self.turn = turn
    }
}
