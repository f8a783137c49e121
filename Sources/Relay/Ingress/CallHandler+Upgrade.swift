import NIOCore
import NIOHTTP1

/// Upgrades on a connection that has carried requests before.
extension CallHandler {
    /// Whether a request asks for another protocol than HTTP/1.1, which HTTP/2 does not know.
    ///
    /// `upgrade` without `connection: upgrade` is not meant for this end (RFC 9110 §7.8), and the decoder does not mind it.
    func asksForUpgrade(_ head: HTTPRequestHead, _ headers: CallHeaders) -> Bool {
        guard !self.headers.isHTTP2 else { return false }
        if case .CONNECT = head.method { return true }
        return headers.namesUpgrade
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Lets a request be looked at for an upgrade that is not the first of its connection.
    ///
    /// NIO looks at the first one and no other. A proxy that keeps its connections asks for a tunnel or a WebSocket on whichever is free.
    /// - Returns: whether the request was taken; it comes again when nothing becomes of it.
    func offersUpgrade(to head: HTTPRequestHead) -> Bool {
        if self.hasOfferedUpgrade {
            self.hasOfferedUpgrade = false
            return false
        }
        // What was sent ahead has passed the place where an upgrade is looked for.
        guard !self.upgraders.isEmpty, self.ahead.isEmpty, head.headers.contains(name: "upgrade"), let context else {
            return false
        }
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
            guard let decoding = decoder.handler as? any RemovableChannelHandler else { return false }
            let upgrades = HTTPServerUpgradeHandler(
                upgraders: self.upgraders,
                httpEncoder: try pipeline.handler(type: HTTPResponseEncoder.self),
                extraHTTPHandlers: [decoding],
                upgradeCompletionHandler: { _ in }
            )
            try pipeline.addHandler(upgrades, position: .before(self))
            self.hasOfferedUpgrade = true
            decoder.fireChannelRead(NIOAny(HTTPServerRequestPart.head(head)))
            return true
        } catch {
            return false
        }
    }
}
