import Accounts
import Admission
import Dialects
import NIOCore
import Vocabulary

extension CallRecord {
    /// The record of a call that ends now.
    /// - Parameters:
    ///   - firstByte: when the first byte of its answer was sent.
    ///   - bytesOut: the size of the answer, as far as it was sent.
    ///   - isUnserved: whether no model server was asked.
    init(
        of call: Call,
        _ outcome: Outcome,
        status: Int,
        usage: Usage? = nil,
        firstByte: NIODeadline? = nil,
        bytesOut: Int = 0,
        isUnserved: Bool = false
    ) {
        self.init(
            id: call.id,
            endpoint: call.endpoint.name,
            deployment: call.deployment.rawValue,
            key: call.key,
            isStreamed: call.isStreamedToCaller,
            outcome: outcome,
            status: status,
            usage: usage,
            timeToFirstByte: firstByte.map { $0 - call.complete },
            duration: .now() - call.arrived,
            bytesIn: call.bytesIn,
            // What nobody is sent as it comes was only gathered.
            bytesOut: call.isInBackground ? 0 : bytesOut,
            isUnserved: isUnserved
        )
    }
}

extension CallRecord {
    /// The record of a request for a call that no model server was asked for.
    /// - Parameter bytesIn: the size of its body, which the request need not have any more.
    init(
        of request: Gateway.Request,
        as grant: Grant,
        isStreamed: Bool,
        _ outcome: Outcome,
        status: Int,
        usage: Usage? = nil,
        bytesIn: Int,
        bytesOut: Int = 0
    ) {
        self.init(
            id: request.id,
            endpoint: request.endpoint.name,
            deployment: grant.deploymentName.rawValue,
            key: grant.keyID.rawValue,
            isStreamed: isStreamed,
            outcome: outcome,
            status: status,
            usage: usage,
            timeToFirstByte: nil,
            duration: .now() - request.arrived,
            bytesIn: bytesIn,
            bytesOut: bytesOut,
            isUnserved: true
        )
    }
}

extension Call {
    /// Whether its caller is told the answer as it comes. That of a response in the background is streamed by the server only.
    var isStreamedToCaller: Bool { self.isStreamed && !self.isInBackground }
}

extension CallRecord.Outcome {
    /// Whether the server did badly with the call; `nil` when it says nothing of that.
    var blamesServer: Bool? {
        switch self {
        case .completed, .refusedByUpstream: false
        case .failed(.upstreamFailed), .failed(.upstreamTimeout), .failed(.connectorOffline): true
        case .clientGone, .failed: nil
        }
    }

    /// How a call ended whose whole answer has this status.
    init(status: Int, _ code: GatewayError.Code?) {
        self =
            switch status {
            case 200: .completed
            case 400..<500 where status != 429: .refusedByUpstream
            default: .failed(code ?? .upstreamFailed)
            }
    }
}
