internal import Foundation
private import Logging
private import NIOCore
private import NIOPosix
private import ServiceLifecycle
private import Vocabulary

@testable import Accounts
@testable import Administration

/// Runs the service on a new data directory while the body runs, and stops it gracefully.
func withService(_ body: (_ socket: String) async throws -> Void) async throws {
    let data = newDataDirectory()
    defer { try? FileManager.default.removeItem(atPath: data) }
    try await withService(on: data, body)
}

/// Runs the service on a data directory while the body runs, and stops it gracefully.
func withService(on data: String, _ body: (_ socket: String) async throws -> Void) async throws {
    let directory = try await newDirectory()
    let money = newDataDirectory()
    try FileManager.default.createDirectory(atPath: money, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: money) }
    let socket = data + "/admin.sock"
    let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let service = AdministrationService(
        directory: directory,
        status: FixedStatus(directory: directory),
        trail: MemoryTrail(),
        passwordCost: .init(logRounds: 4, blockSize: 8, parallelism: 1),
        socket: socket,
        ledger: try await newLedger(in: money) { 1_800_000_000_000 },
        logger: logger
    ) {
        isReady.finish()
    }
    let group = ServiceGroup(services: [service], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            // Were it to fail before it is ready, the wait below must end too.
            defer { isReady.finish() }
            try await group.run()
        }
        for await _ in ready {}
        do {
            try await body(socket)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

/// A path that is short enough for a socket.
func newDataDirectory() -> String { "/tmp/adit-\(UInt32.random(in: 0 ... .max))" }

/// Leaves a socket's file behind that nobody answers on, as a killed process does.
func leaveSocket(_ path: String) async throws {
    // Closing the channel removes the file that it was bound to, not the one that it has become.
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .bind(unixDomainSocketPath: path + ".x").get()
    try FileManager.default.moveItem(atPath: path + ".x", toPath: path)
    try await channel.close()
}

/// A relay on which nothing happens.
struct FixedStatus: StatusSource {
    let directory: Directory

    func status() async -> StatusReport {
        StatusReport(
            relay: .init(
                id: "relay-1",
                version: "0.1.0",
                startedAt: Date(timeIntervalSince1970: 1_800_000_000),
                uptime: 60,
                listen: "https://127.0.0.1:8443"
            ),
            openCalls: 0,
            deployments: self.directory.deployments().map { deployment in
                .init(
                    name: deployment.name.rawValue,
                    enabled: deployment.isEnabled,
                    online: false,
                    reason: "no connector for it is online"
                )
            },
            tunnels: [
                .init(
                    session: "s1",
                    generation: 1,
                    remoteAddress: "192.0.2.1:5000",
                    connectorVersion: "adit/0.1.0",
                    since: Date(timeIntervalSince1970: 1_800_000_000),
                    deployments: [],
                    openCalls: 0,
                    roundTripMs: 1.5,
                    bytesIn: 1,
                    bytesOut: 2
                )
            ]
        )
    }
}
