package import Dialects
package import NIOCore
package import Vocabulary

extension Gateway {
    /// What is known of a request when its body has been read.
    ///
    /// It goes through many hands on its way to a call; as one object it costs the same however much is known.
    package final class Request: Sendable {
        package let id: CallID
        package let endpoint: Endpoint
        package let caller: Caller
        package let passedHeaders: [(name: String, value: String)]
        package let body: ByteBuffer
        /// What was found in the body of a request that is passed through; `nil` for others, which are read whole.
        package let facts: Result<RequestFacts, JSONFault>?
        package let arrived: NIODeadline
        /// Where the caller is.
        package let address: String?
        /// What the caller calls the call, so that it is paid for once however often it is sent.
        package let idempotencyKey: String?
        /// The turn of a WebSocket that it is.
        let parsed: ParsedTurn?
        /// When its answer was begun, in seconds since 1970, once somebody has been told.
        let created: Int?
        /// What ``idempotencyKey`` stands for, once that was looked up.
        let name: CallName?

        package init(
            id: CallID,
            endpoint: Endpoint,
            caller: Caller,
            passedHeaders: [(name: String, value: String)],
            body: ByteBuffer,
            facts: Result<RequestFacts, JSONFault>?,
            arrived: NIODeadline,
            address: String? = nil,
            idempotencyKey: String? = nil
        ) {
            self.id = id
            self.endpoint = endpoint
            self.caller = caller
            self.passedHeaders = passedHeaders
            self.body = body
            self.facts = facts
            self.arrived = arrived
            self.address = address
            self.idempotencyKey = idempotencyKey
            self.parsed = nil
            self.created = nil
            self.name = nil
        }

        private init(_ other: Request, body: ByteBuffer?, parsed: ParsedTurn?, created: Int?, name: CallName?) {
            self.id = other.id
            self.endpoint = other.endpoint
            self.caller = other.caller
            self.passedHeaders = other.passedHeaders
            self.body = body ?? other.body
            self.facts = other.facts
            self.arrived = other.arrived
            self.address = other.address
            self.idempotencyKey = other.idempotencyKey
            self.parsed = parsed ?? other.parsed
            self.created = created ?? other.created
            self.name = name ?? other.name
        }

        /// The same request, of which more is known.
        func with(parsed: ParsedTurn? = nil, created: Int? = nil, name: CallName? = nil) -> Request {
            Request(self, body: nil, parsed: parsed, created: created, name: name)
        }

        /// The same request for whoever does not need its body any more: a slice of what was read from the caller, it keeps all of
        /// that alive.
        func withoutBody() -> Request {
            Request(self, body: ByteBuffer(), parsed: nil, created: nil, name: nil)
        }
    }
}
