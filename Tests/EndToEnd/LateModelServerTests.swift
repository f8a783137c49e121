private import Foundation
private import NIOCore
private import NIOPosix
import TestSupport
import Testing

extension EndToEnd {
    /// A connector that nobody told where the model server is, started before there is one.
    ///
    /// The usual ports are the machine's: where one of them is in use, there is nothing to be seen here.
    @Suite(
        .enabled("the usual ports are free") {
            await Ports.areFree([11_434, 8_080, 8_000, 30_000, 1_234])
        }
    )
    struct LateModelServerTests {
        @Test func aModelServerThatComesLaterIsFound() async throws {
            let relay = try await RelayUnderTest.start()
            try await relay.createDeployment(Stand.deployment)
            let caller = try relay.caller(key: try await relay.createKey().secret)
            let directory = try TemporaryDirectory()
            let state = directory.file("state")
            let connector = try Program(
                "adit-connector",
                ["run", "--relay", relay.url, "--ca-file", relay.authority, "--state", state],
                environment: ["ADIT_TOKEN": try await relay.createToken(Stand.deployment).secret],
                log: directory.file("connector.log")
            )
            // The relay hears of it before there is anything to serve, so that callers are told what is missing.
            let missing = "no model server was found beside its connector"
            try await eventually("callers are told what is missing") {
                let answer = try await caller.post("/v1/chat/completions", Stand.chat())
                return answer.status == 503 && answer.text.contains(missing)
            }
            try await eventually("the status says so too") {
                let text = try await Program.run("adit-connector", ["status", "--state", state]).output
                return text.contains("\nno model server: none was found on this machine (Ollama 11434,")
                    && text.contains("not served: \(missing)")
            }
            #expect(connector.logText.contains("looked for again every 5 s"))

            let upstream = try await ScriptedUpstream.start(models: [Stand.model], port: 1_234)
            let line = try await connector.line(within: 30, "that it is online") {
                $0.hasPrefix("adit-connector online: ")
            }
            #expect(line.contains("\(Stand.deployment) → \(Stand.model)") && line.contains("at http://127.0.0.1:1234"))
            upstream.script("late") { try await $0.answer(UpstreamCall.chat("here I am")) }
            try await eventually("calls are answered") {
                let answer = try await caller.post("/v1/chat/completions", Stand.chat("Hello", #","script":"late""#))
                return answer.status == 200
            }
            try await eventually("only the tunnels that serve are left") {
                let after = try await Program.run("adit-connector", ["status", "--state", state])
                return !after.output.contains("no model server:") && !after.output.contains("leaving")
                    && after.output.contains("served")
            }
            connector.terminate()
            #expect(try await connector.exited.wait(within: 30, "the connector has ended") == 0)
            await relay.stop()
            await upstream.stop()
        }
    }
}

private enum Ports {
    /// Whether nobody listens on any of them.
    static func areFree(_ ports: [Int]) async -> Bool {
        for port in ports {
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { return false }
            try? await channel.close()
        }
        return true
    }
}
