private import NIOCore
private import NIOHTTP1
private import NIOPosix
private import Synchronization

/// A model server of which the test decides what it does: HTTP/1.1 on a port of the kernel's choice, in this process.
///
/// It answers discovery by itself, as the server it plays. Every other request goes to a script when its body names one
/// in the field `script`; all others wait in ``calls`` for the test to answer them.
package final class ScriptedUpstream: Sendable {
    /// What is done with one call.
    package typealias Script = @Sendable (UpstreamCall) async throws -> Void

    /// Calls that no script took, in the order of their arrival.
    package let calls = Mailbox<UpstreamCall>()
    package let port: Int
    /// Models that it says it has.
    package let models: [String]
    package let kind: Kind
    /// What it has beyond Chat, completions and embeddings.
    private let paths: Set<String>

    private struct State {
        var scripts: [String: Script] = [:]
        var pages: [String: String] = [:]
        var seen: [String] = []
        var connections = 0
        var isClosing = false
    }

    private let server: any Channel
    private let state: SharedState

    /// State that the handlers of connections need before the server itself is made.
    private final class SharedState: Sendable {
        let value = Mutex(State())
        let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    }

    private init(server: any Channel, port: Int, models: [String], kind: Kind, paths: Set<String>, state: SharedState) {
        self.server = server
        self.port = port
        self.models = models
        self.kind = kind
        self.paths = paths
        self.state = state
    }

    package var url: String { "http://127.0.0.1:\(self.port)" }

    /// The targets of all requests so far, those of discovery included: `GET /v1/models`.
    package var requests: [String] { self.state.value.withLock { $0.seen } }

    /// How many connections were accepted so far.
    package var connections: Int { self.state.value.withLock { $0.connections } }

    /// How many connections are open now.
    package var openConnections: Int { self.state.open.withLock { $0.count } }

    /// Starts one.
    /// - Parameters:
    ///   - kind: the server that it plays.
    ///   - models: the models that it says it has.
    ///   - port: 0 lets the kernel choose; a number to come back where it was before.
    ///   - paths: what it has beyond Chat, completions and embeddings.
    ///   - closesAfterAnswer: whether it closes each connection after one answer, as some servers do.
    ///   - confidences: remembers what was asked.
    package static func start(
        _ kind: Kind = .generic,
        models: [String] = ["scripted"],
        port: Int = 0,
        paths: Set<String> = [],
        closesAfterAnswer: Bool = false,
        confidences: Confidences? = nil
    ) async throws -> ScriptedUpstream {
        let state = SharedState()
        let incoming = Mailbox<UpstreamCall>()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                let number = state.value.withLock { state in
                    state.connections += 1
                    return state.connections
                }
                let id = ObjectIdentifier(channel)
                state.open.withLock { $0[id] = channel }
                channel.closeFuture.whenComplete { _ in state.open.withLock { _ = $0.removeValue(forKey: id) } }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(
                        UpstreamConnection(number: number, closesAfterAnswer: closesAfterAnswer) { incoming.put($0) }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        let upstream = ScriptedUpstream(
            server: server,
            port: server.localAddress?.port ?? 0,
            models: models,
            kind: kind,
            paths: paths,
            state: state
        )
        Task { while let call = try await incoming.next() { upstream.take(call, confidences) } }
        server.closeFuture.whenComplete { _ in incoming.close() }
        return upstream
    }

    /// Says something else than it would at a path that GET asks for.
    package func page(_ path: String, _ body: String) {
        self.state.value.withLock { $0.pages[path] = body }
    }

    /// Names a script for requests that ask for it.
    package func script(_ name: String, _ script: @escaping Script) {
        self.state.value.withLock { $0.scripts[name] = script }
    }

    /// Waits for the next call that no script takes.
    package func nextCall(within seconds: Double = 20) async throws -> UpstreamCall {
        let call = try await withDeadline(seconds, "a call reaches the upstream") { try await self.calls.next() }
        guard let call else { throw ProgramFailure("the upstream was stopped before a call came") }
        return call
    }

    /// Stops listening and cuts every connection.
    package func stop() async {
        try? await self.server.close()
        for channel in self.state.open.withLock({ Array($0.values) }) { try? await channel.close() }
        self.calls.close()
    }

    private func take(_ call: UpstreamCall, _ confidences: Confidences?) {
        let request = call.json
        confidences?.add(promptOf: request)
        let (script, page) = self.state.value.withLock { state -> (Script?, String?) in
            state.seen.append("\(call.method) \(call.target)")
            let page = call.method == "GET" ? state.pages[call.path] : nil
            return (request["script"].string.flatMap { state.scripts[$0] }, page)
        }
        if let page {
            Task { try? await call.answer(page) }
        } else if let script {
            Task { try? await script(call) }
        } else if let answer = self.kind.discovery(call, models: self.models, paths: self.paths) {
            Task { try? await call.answer(answer) }
        } else {
            self.calls.put(call)
        }
    }
}
