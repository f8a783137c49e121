import Dialects
import NIOCore
import Routing
import TunnelProtocol
import Vocabulary

/// What goes to the tunnel.
extension Gateway {
    /// A call as bytes for the tunnel: head, body with the upstream's own model name, end.
    /// - Parameter stream: the number of the call's stream, by which its answer can be asked for in another tunnel.
    func request(for call: Call, on route: Route, stream: Int) -> [ByteBuffer] {
        let edited = call.body(on: route)
        let length = edited.reduce(0) { $0 + $1.readableBytes }
        var fields: [BinaryHTTP.Field] = [
            .init(name: "adit-call", value: call.id.rawValue),
            .init(name: "adit-deployment", value: call.deployment.rawValue),
            .init(name: "content-type", value: "application/json"),
            .init(name: "content-length", value: String(length)),
            .init(name: "accept", value: call.isStreamed ? "text/event-stream" : "application/json"),
        ]
        if route.tunnel.resumes { fields.append(.init(name: ResumeRequest.streamField, value: String(stream))) }
        for header in call.passedHeaders { fields.append(.init(name: header.name, value: header.value)) }
        var head = ByteBuffer()
        head.reserveCapacity(512 + (length < Self.copiedBody ? length : 0))
        BinaryHTTP.write(
            BinaryHTTP.RequestHead(
                method: "POST",
                scheme: "http",
                authority: "upstream",
                path: call.upstreamPath,
                fields: fields
            ),
            to: &head
        )
        if length > 0 { BinaryHTTP.writeContentHeader(length: length, to: &head) }
        if length < Self.copiedBody {
            for piece in edited { head.writeImmutableBuffer(piece) }
            BinaryHTTP.writeEnd(trailers: [], to: &head)
            return [head]
        }
        var end = ByteBuffer()
        BinaryHTTP.writeEnd(trailers: [], to: &end)
        return [head] + edited + [end]
    }

    /// Below this a body is copied behind its head; above it its slices are sent as they are.
    private static let copiedBody = 16 * 1024
}

extension Call {
    /// The body for the upstream, in pieces that follow each other.
    fileprivate func body(on route: Route) -> [ByteBuffer] {
        switch self.form {
        case .passed(let prepared, let body):
            prepared.edits(upstreamModel: route.model).apply(to: body)
        case .translated(let translation, _):
            [translation.body(self.manner, upstreamModel: route.model, kind: route.server.kind)]
        }
    }
}
