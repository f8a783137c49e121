import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

/// Makes the parts of a request of the frames of one HTTP/2 stream, and frames of the parts of its answer.
///
/// NIO's own codec takes no request without `:authority`. Who passes HTTP/1.1 requests on may leave it out, and name the host
/// in `host` as it came (RFC 9113 §8.3.1).
final class HTTP2StreamCodec: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Whether the request's head has come: a header behind it holds trailers.
    private var hasHead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .headers where self.hasHead:
            // Trailers say nothing that anybody asks for.
            context.fireChannelRead(self.wrapInboundOut(.end(nil)))
        case .headers(let frame):
            do throws(InvalidPseudoHeader) {
                let head = try HTTPRequestHead(frame.headers)
                self.hasHead = true
                context.fireChannelRead(self.wrapInboundOut(.head(head)))
                if frame.endStream { context.fireChannelRead(self.wrapInboundOut(.end(nil))) }
            } catch {
                context.fireErrorCaught(error)
            }
        case .data(let frame):
            guard case .byteBuffer(let bytes) = frame.data else { return }
            if bytes.readableBytes > 0 || !frame.endStream {
                context.fireChannelRead(self.wrapInboundOut(.body(bytes)))
            }
            if frame.endStream { context.fireChannelRead(self.wrapInboundOut(.end(nil))) }
        default:
            // The connection has seen to the others.
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let payload: HTTP2Frame.FramePayload =
            switch self.unwrapOutboundIn(data) {
            case .head(let head): .headers(.init(headers: HPACKHeaders(head)))
            case .body(let bytes): .data(.init(data: bytes))
            case .end(let trailers?): .headers(.init(headers: HPACKHeaders(httpHeaders: trailers), endStream: true))
            case .end(nil): .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))
            }
        context.write(self.wrapOutboundOut(payload), promise: promise)
    }
}

/// A pseudo-header holds a sign that would end it in a request of HTTP/1.1.
struct InvalidPseudoHeader: Error {
    var name: String
}

extension HTTPRequestHead {
    /// What a header block says, which the connection has found to be one of a request.
    fileprivate init(_ block: HPACKHeaders) throws(InvalidPseudoHeader) {
        var method = ""
        var path: String?
        var authority: String?
        var hasHost = false
        var fields: [(String, String)] = []
        fields.reserveCapacity(block.count)
        for (name, value, _) in block {
            guard name.utf8.first == UInt8(ascii: ":") else {
                if name == "host" { hasHost = true }
                fields.append((name, value))
                continue
            }
            guard value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { throw InvalidPseudoHeader(name: name) }
            switch name {
            case ":method": method = value
            case ":path": path = value
            case ":authority": authority = value
            default: break
            }
        }
        if let authority, !hasHost { fields.append(("host", authority)) }
        // CONNECT has no path, but names an authority (RFC 9113 §8.5).
        self.init(
            version: .http2,
            method: HTTPMethod(rawValue: method),
            uri: path ?? authority ?? "",
            headers: HTTPHeaders(fields)
        )
    }
}

extension HPACKHeaders {
    /// The header block of an answer, its status first (RFC 9113 §8.3).
    fileprivate init(_ head: HTTPResponseHead) {
        var fields: [(String, String)] = []
        fields.reserveCapacity(head.headers.count + 1)
        fields.append((":status", String(head.status.code)))
        for (name, value) in head.headers { fields.append((name, value)) }
        self.init(httpHeaders: HTTPHeaders(fields))
    }
}
