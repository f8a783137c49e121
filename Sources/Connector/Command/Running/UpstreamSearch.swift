internal import ServiceLifecycle
internal import Upstream

/// Looks for a model server again and again, for a session that has none, and tells of each one that it sees.
///
/// It goes on until its session leaves: what is to serve in the session's place may not come so far.
struct UpstreamSearch: Service {
    /// As often as a model server is asked that is not well.
    static let pause = UpstreamMonitor.pauseWhenNot

    /// Those that were found; ends with the search.
    let found: AsyncStream<UpstreamConfiguration>
    private let tell: AsyncStream<UpstreamConfiguration>.Continuation
    private let find: @Sendable () async -> UpstreamConfiguration?
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - find: looks once.
    ///   - sleep: the clock.
    init(
        find: @escaping @Sendable () async -> UpstreamConfiguration?,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.find = find
        self.sleep = sleep
        (self.found, self.tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func run() async {
        defer { self.tell.finish() }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                guard (try? await self.sleep(Self.pause)) != nil else { return }
                if let upstream = await self.find() { self.tell.yield(upstream) }
            }
        }
    }
}
