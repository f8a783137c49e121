package import NIOCore
private import NIOHTTP1
private import NIOPosix
private import NIOSSL
package import Vocabulary

/// Asks servers over sockets: one HTTP/1.1 request for each connection, over TLS that trusts what the system trusts.
package struct SocketClient: HTTPClient {
    private let group: any EventLoopGroup

    package init(group: any EventLoopGroup) {
        self.group = group
    }

    package func send(
        _ request: WebRequest,
        to address: NetworkAddress,
        largest: Int?,
        before deadline: NIODeadline
    ) async throws(WebFault) -> WebAnswer {
        do {
            let answer = self.group.next().makePromise(of: WebAnswer.self)
            let channel = try await self.connect(request.target, at: address, before: deadline) {
                RequestHandler(request, largest: largest, before: deadline, answer: answer)
            }
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch let fault as WebFault {
            throw fault
        } catch is NIOSSLError {
            throw WebFault("is at a server whose certificate is not trusted")
        } catch {
            throw WebFault("is at a server that cannot be reached")
        }
    }

    private func connect(
        _ target: WebAddress,
        at address: NetworkAddress,
        before deadline: NIODeadline,
        _ makeHandler: @escaping @Sendable () -> RequestHandler
    ) async throws -> any Channel {
        // An address has no name to ask for; its certificate is checked against the address itself.
        let name = target.literal == nil ? target.host : nil
        let context = target.isSecure ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        return try await ClientBootstrap(group: self.group)
            .connectTimeout(max(.milliseconds(1), deadline - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(makeHandler())
                }
            }
            .connect(to: SocketAddress(ipAddress: address.description, port: target.port))
            .get()
    }
}
