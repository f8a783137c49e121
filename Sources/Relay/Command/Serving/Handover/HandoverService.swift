internal import Accounts
internal import FoundationEssentials
private import Glibc
internal import Ingress
internal import Logging
internal import NIOCore
private import NIOPosix
internal import ServiceLifecycle
private import Synchronization

/// Gives the relay's place to another process of the same data directory that asks for it.
///
/// ```
/// serving ──«place?»──▶ asked ──«leave»──▶ leaving
///    ▲────connection closed──┘
/// ```
/// From the question on nothing is administered here, and what is being changed is waited for, so that the other relay reads the
/// accounts as they will stay. Only one of the two accepts at a time: who comes between them waits in the kernel's queue for a moment.
final class HandoverService: Service {
    private enum Phase {
        case serving
        case asked
        case leaving
    }

    private let data: DataDirectory
    private let sockets: ListeningSockets
    private let lock: DataLock
    private let gate: ChangeGate
    private let facts: @Sendable () -> (deployments: [String], keepsBooks: Bool)
    private let leave: @Sendable () async -> Void
    private let begins: AsyncStream<Void>
    private let begin: AsyncStream<Void>.Continuation
    private let predecessor: Predecessor?
    private let onServing: @Sendable () -> Void
    private let leavings: AsyncStream<any Channel>
    private let leaving: AsyncStream<any Channel>.Continuation
    /// All conversations are on it, so that one change is done before the next one begins.
    private let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let phase = Mutex(Phase.serving)
    private let logger: Logger

    /// - Parameters:
    ///   - sockets: whose sockets go over.
    ///   - lock: of the data directory, which goes over too.
    ///   - gate: what changes of the accounts pass.
    ///   - predecessor: whose place this relay takes itself.
    ///   - facts: what the other relay has to know, besides.
    ///   - leave: has the relay send everybody away and end; called once.
    ///   - onServing: hears that this relay has the place, and accepts.
    init(
        data: DataDirectory,
        sockets: ListeningSockets,
        lock: DataLock,
        gate: ChangeGate,
        predecessor: Predecessor?,
        logger: Logger,
        facts: @escaping @Sendable () -> (deployments: [String], keepsBooks: Bool),
        leave: @escaping @Sendable () async -> Void,
        onServing: @escaping @Sendable () -> Void
    ) {
        self.predecessor = predecessor
        self.onServing = onServing
        self.data = data
        self.sockets = sockets
        self.lock = lock
        self.gate = gate
        self.facts = facts
        self.leave = leave
        self.logger = logger
        (self.begins, self.begin) = AsyncStream.makeStream()
        (self.leavings, self.leaving) = AsyncStream.makeStream()
    }

    /// The relay listens and is administered: it may take the place, and be asked for it from then on.
    func ready() { self.begin.finish() }

    private var isAsked: Bool { self.phase.withLock { $0 != .serving } }

    func run() async throws {
        for await _ in self.begins.cancelOnGracefulShutdown() {}
        guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
        try await self.predecessor?.leave()
        try await self.sockets.open()
        self.onServing()
        // Put in place behind its making, with its mode; and at its end NIO removes what has the name that was bound.
        let (path, draft) = (self.data.handover, self.data.handoverDraft)
        _ = unlink(draft)
        let channel = try await ServerBootstrap(group: self.loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HandoverHandler(service: self))
                }
            }
            .bind(unixDomainSocketPath: draft)
            .get()
        guard chmod(draft, 0o600) == 0, rename(draft, path) == 0 else {
            throw DescriptorPassing.Failure("put \(path) in place")
        }
        for await successor in self.leavings.cancelOnGracefulShutdown() {
            await self.sockets.shut()
            // One that is gone by now has left its place to nobody; this relay ends all the same, as it was told.
            try? await successor.writeAndFlush(ByteBuffer(string: HandoverWord.left))
            await self.leave()
        }
        if !self.isAsked { _ = unlink(path) }
        try? await channel.close()
    }

    // MARK: What the other relay says

    /// - Returns: whether it gets an answer: nobody else has asked.
    func asked() -> Bool {
        guard self.change(from: .serving, to: .asked) else { return false }
        self.gate.close()
        _ = rename(self.data.administration, self.data.administrationAside)
        return true
    }

    /// - Returns: also what goes over with the facts, which the caller closes: the listening sockets and the lock.
    func place() async throws -> (facts: HandoverFacts, descriptors: [CInt]) {
        await self.gate.isEmpty()
        let sockets = try await self.sockets.copies()
        let lock = self.lock.copy()
        let (deployments, keepsBooks) = self.facts()
        let facts = HandoverFacts(
            listening: sockets.map { .init(host: $0.host, port: $0.port) },
            deployments: deployments,
            keepsBooks: keepsBooks,
            givesLock: lock != nil,
            process: getpid()
        )
        return (facts, sockets.map(\.descriptor) + [lock].compactMap(\.self))
    }

    /// The other relay serves as soon as it has heard, on this channel, that this one accepts nothing more.
    func told(by successor: any Channel) {
        guard self.change(from: .asked, to: .leaving) else { return }
        _ = unlink(self.data.administrationAside)
        // Where no books are kept a start need not wait for this one's last call, should the other relay die before that.
        if !self.facts().keepsBooks { self.lock.letGo() }
        self.logger.notice("another relay takes this one's place; it ends behind its last call")
        self.leaving.yield(successor)
    }

    /// The other relay is gone, and has taken nothing.
    func forgotten() {
        guard self.change(from: .asked, to: .serving) else { return }
        self.gate.open()
        _ = rename(self.data.administrationAside, self.data.administration)
        self.logger.warning(
            "the relay that was to take this one's place has ended before it did; all goes on as before"
        )
    }

    /// - Returns: whether it was so; what belongs to the change is done by the caller, before anything else is said on the loop.
    private func change(from old: Phase, to new: Phase) -> Bool {
        self.loop.assertInEventLoop()
        return self.phase.withLock { phase in
            guard phase == old else { return false }
            phase = new
            return true
        }
    }
}

/// One conversation with a relay that wants the place.
private final class HandoverHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let service: HandoverService
    private var said = ""
    private var isPartner = false
    private var answer: Task<Void, Never>?

    init(service: HandoverService) {
        self.service = service
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.said += String(buffer: self.unwrapInboundIn(data))
        while let end = self.said.firstIndex(of: "\n") {
            let line = self.said[...end]
            self.said.removeSubrange(...end)
            if line == HandoverWord.ask[...], !self.isPartner, self.service.asked() {
                self.isPartner = true
                self.answer(context)
            } else if line == HandoverWord.leave[...], self.isPartner {
                self.service.told(by: context.channel)
            } else {
                context.close(promise: nil)
            }
        }
        if self.said.utf8.count > 64 { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answer?.cancel()
        if self.isPartner { self.service.forgotten() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ context: ChannelHandlerContext) {
        let (channel, service) = (context.channel, self.service)
        self.answer = Task {
            do {
                let (facts, descriptors) = try await service.place()
                defer { for descriptor in descriptors { _ = close(descriptor) } }
                let (header, body) = try facts.written()
                // Nothing was written here before: the few bytes of the header find room.
                try await channel.eventLoop.submit {
                    _ = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                        of: NIOBSDSocket.Handle.self
                    ) { try DescriptorPassing.send(descriptors, with: header, over: $0) }
                }.get()
                try await channel.writeAndFlush(ByteBuffer(bytes: body))
            } catch {
                try? await channel.close()
            }
        }
    }
}
