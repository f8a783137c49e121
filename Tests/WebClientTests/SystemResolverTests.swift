import NIOCore
import NIOPosix
import Testing

@testable import WebClient

@Suite("The system's resolver")
struct SystemResolverTests {
    /// Addresses stand for themselves: no name server is asked.
    private func found(_ host: String) async throws -> [String]? {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        defer { pool.shutdownGracefully { _ in } }
        let resolver = SystemResolver(pool: pool, group: MultiThreadedEventLoopGroup.singleton)
        do throws(WebFault) {
            return try await resolver.addresses(of: host, before: .now() + .minutes(1)).map { "\($0)" }
        } catch {
            #expect(error == WebFault("is at a host that has no address"))
            return nil
        }
    }

    @Test("addresses of both versions")
    func addresses() async throws {
        #expect(try await self.found("192.0.2.1") == ["192.0.2.1"])
        #expect(try await self.found("2001:db8::12:3") == ["2001:db8::12:3"])
    }

    @Test("one of IPv4 that is dressed up as IPv6 is none", arguments: ["::ffff:8.8.8.8", "::ffff:127.0.0.1"])
    func mapped(_ host: String) async throws {
        #expect(try await self.found(host) == nil)
    }
}
