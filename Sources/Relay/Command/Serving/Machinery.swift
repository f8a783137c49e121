internal import NIOCore
internal import NIOPosix

/// The threads and file descriptors that a relay works with.
struct Machinery {
    /// The event loops of callers and connectors.
    let group: MultiThreadedEventLoopGroup
    /// For what would hold up an event loop.
    let pool: NIOThreadPool
    /// Apart from the other one: a name server that does not answer holds up nobody but who asked.
    let lookups: NIOThreadPool
    let descriptors: Int

    init(_ configuration: RelayConfiguration) {
        self.descriptors = Descriptors.raise()
        let threads = configuration.threads > 0 ? configuration.threads : System.coreCount
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        self.pool = NIOThreadPool(numberOfThreads: threads)
        self.pool.start()
        self.lookups = NIOThreadPool(numberOfThreads: 4)
        if configuration.images.fetch || configuration.alerts.url != nil { self.lookups.start() }
    }

    /// Ends the threads, those first that give work to the others.
    func shutDown() async throws {
        try await self.group.shutdownGracefully()
        try await self.pool.shutdownGracefully()
        try await self.lookups.shutdownGracefully()
    }
}
