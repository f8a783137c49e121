import Gateway
private import Glibc
import NIOCore
package import NIOPosix
import ServiceLifecycle

/// The relay's public side as a service: listens until it is asked to stop, then lets running calls end.
package struct IngressService: Service {
    private let site: Site
    private let addresses: [ListenAddress]
    private let group: MultiThreadedEventLoopGroup
    private let sockets: ListeningSockets
    private let onReady: @Sendable ([String]) -> Void

    /// - Parameters:
    ///   - sockets: lends the sockets to whoever takes the relay's place, and brings those of the relay whose place it takes.
    ///   - onReady: told once, with the URL of each address, when calls are accepted.
    package init(
        site: Site,
        addresses: [ListenAddress],
        group: MultiThreadedEventLoopGroup,
        sockets: ListeningSockets = ListeningSockets(),
        onReady: @escaping @Sendable ([String]) -> Void
    ) {
        self.site = site
        self.addresses = addresses
        self.group = group
        self.sockets = sockets
        self.onReady = onReady
    }

    package func run() async throws {
        let listener = try await Listener(site: self.site, group: self.group)
        self.sockets.opened(listener.connections)
        var channels: [any Channel] = []
        var urls: [String] = []
        for address in self.addresses {
            let inherited = self.sockets.inherit(address)
            let channel = try await Self.bind(address, inherited, with: listener, group: self.group)
            channels.append(channel)
            let port = channel.localAddress?.port ?? address.port
            self.sockets.opened(address.host, port: port, channel)
            urls.append("\(address.tls == nil ? "http" : "https")://\(address.place(port: port))")
        }
        self.sockets.closeInherited()
        self.onReady(urls)
        try? await gracefulShutdown()
        await self.stop(listener, channels: channels)
    }

    /// New calls are refused first, then the sockets close, then running calls end, then the tunnels, then what callers have yet to take.
    private func stop(_ listener: Listener, channels: [any Channel]) async {
        let gateway = self.site.gateway
        gateway.stopTakingCalls()
        for channel in channels { try? await channel.close() }
        listener.connections.announceStop()
        let deadline = NIODeadline.now() + self.site.configuration.drain
        await Self.wait(until: deadline) { gateway.openCalls == 0 }
        gateway.endResponsesInBackground()
        gateway.endTunnels(because: "the relay is stopping")
        await Self.wait(until: deadline) { await !listener.connections.haveUnsent() }
        await listener.connections.closeAll()
    }

    private static func wait(until deadline: NIODeadline, for isDone: () async -> Bool) async {
        while NIODeadline.now() < deadline, !Task.isCancelled, await !isDone() {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func bind(
        _ address: ListenAddress,
        _ inherited: CInt?,
        with listener: Listener,
        group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        do {
            return try await listener.bind(address, inherited: inherited, group: group)
        } catch {
            throw ListenFailure(address, error)
        }
    }
}

/// The relay could not listen.
package struct ListenFailure: Error, CustomStringConvertible {
    /// Which setting is to blame, what is wrong, and what to do.
    package let description: String

    init(_ address: ListenAddress, _ error: any Error) {
        let place = address.place(port: address.port)
        let reason =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE:
                "another program listens on \(place): stop that (ss -ltnp shows which it is), or choose another port"
            case EACCES:
                "this user may not listen on \(place): choose a port from 1024 on, or allow it (CAP_NET_BIND_SERVICE)"
            case let code?: "cannot listen on \(place): \(String(cString: strerror(code)))"
            case nil: "cannot listen on \(place): \(error)"
            }
        self.description = "\(address.setting): \(reason)"
    }
}
