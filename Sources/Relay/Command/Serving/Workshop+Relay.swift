internal import Gateway
internal import NIOCore
internal import NIOPosix
private import RemoteImages
private import WebClient

/// A pool of threads as the place for work that takes long.
struct ThreadPoolWorkshop: Workshop {
    let pool: NIOThreadPool

    func run<Product: Sendable>(_ work: @escaping @Sendable () throws -> Product) async throws -> Product {
        try await self.pool.runIfActive(work)
    }
}

extension LinkedImages {
    /// Images by address as the configuration wants them.
    /// - Parameter lookups: where names are looked up, which may block for long.
    init(_ configuration: RelayConfiguration.Images, group: any EventLoopGroup, lookups: NIOThreadPool) {
        guard configuration.fetch else {
            self.init(source: nil, most: 0)
            return
        }
        let limits = ImageFetcher.Limits(
            largest: configuration.size,
            patience: TimeAmount(configuration.timeout),
            exemptions: configuration.allow
        )
        let fetcher = ImageFetcher(
            limits,
            resolver: SystemResolver(pool: lookups, group: group),
            client: SocketClient(group: group)
        )
        self.init(source: fetcher, most: configuration.count)
    }
}
