import ConfigurationText
import Foundation
import Terminal
import Testing

@testable import ConnectorCommand
@testable import Uplink

@Suite("What status shows")
struct StatusTests {
    private func status(
        pid: Int32 = ProcessInfo.processInfo.processIdentifier,
        writtenAt: Int = 1000
    ) -> ConnectorStatus {
        ConnectorStatus(
            pid: pid,
            version: "1",
            relay: "https://r",
            writtenAt: writtenAt,
            lastFailure: nil,
            missingUpstream: nil,
            tunnels: [
                .init(index: 0, state: "up", relay: "relay-1", since: 925, openCalls: 2, roundTripMs: 0.4),
                .init(index: 1, state: "connecting", relay: nil, since: 1000, openCalls: 0, roundTripMs: nil),
            ],
            deployments: [
                .init(name: "a", model: "m", upstream: "http://h", healthy: true, reason: nil, callsInFlight: 2),
                .init(name: "bb", model: "", upstream: "http://h", healthy: false, reason: "why", callsInFlight: 0),
            ],
            upstreams: [
                .init(
                    address: "http://h",
                    kind: "Ollama",
                    version: "0.14",
                    healthy: true,
                    reason: nil,
                    models: ["m", "n"],
                    callsInFlight: 2
                )
            ]
        )
    }

    @Test("the status for people")
    func text() {
        var status = self.status()
        #expect(
            StatusCommand.text(status, now: 1000) == """
                connector 1, process \(status.pid), relay https://r, 2 calls in flight

                TUNNEL  STATE       RELAY    FOR         ROUND TRIP  CALLS
                0       up          relay-1  1 min 15 s  0.4 ms      2
                1       connecting  -        0 s         -           0

                DEPLOYMENT  MODEL  MODEL SERVER  CALLS  STATE
                a           m      http://h      2      served
                bb          -      http://h      0      not served: why

                MODEL SERVER  KIND         MODELS  CALLS  STATE
                http://h      Ollama 0.14  2       2      well
                """
        )
        status.lastFailure = "the relay \u{1B}[31mis away"
        status.tunnels[0].relay = "evil\u{9B}2J\n"
        let text = StatusCommand.text(status, now: 1000)
        #expect(text.contains("\nno tunnel: the relay ?[31mis away\n"))
        #expect(text.contains("evil?2J?"))
        status.missingUpstream = "none was found"
        #expect(StatusCommand.text(status, now: 1000).contains("is away\nno model server: none was found\n\nTUNNEL"))
    }

    @Test("there is a reason for no tunnel only while none takes calls")
    func lastFailure() {
        let up = UplinkStatus(index: 0, generation: 1, since: 1, isUp: true, isLeaving: false, relay: "r", openCalls: 0)
        var (dialled, unwelcome, leaving) = (up, up, up)
        dialled.isUp = false
        unwelcome.relay = nil
        leaving.isLeaving = true
        let reason = { StatusWriter.lastFailure(of: [nil, "busy"], beside: $0) }
        #expect(reason([]) == "busy")
        #expect(reason([dialled, unwelcome, leaving]) == "busy")
        #expect(reason([dialled, up]) == nil)
        #expect(StatusWriter.lastFailure(of: ["first", "busy"], beside: []) == "first")
        #expect(StatusWriter.lastFailure(of: [nil, nil], beside: []) == nil)
    }

    @Test("the connector's file may say where to look, whatever else it says; flags and variables win over it")
    func place() throws {
        try inTemporaryDirectory { directory in
            let file = try "state: /of-file\ntunnels: many\nrelay: x".written(to: directory + "/c.yaml")
            let look = { (config: String?, state: String?, environment: [String: String]) in
                try ConnectorSettings.state(config: config, state: state, environment: environment)
            }
            #expect(try look(nil, nil, ["HOME": "/h"]) == "/h/.local/state/adit-connector")
            #expect(try look(file, nil, ["HOME": "/h"]) == "/of-file")
            #expect(try look(nil, nil, ["ADIT_CONFIG": file]) == "/of-file")
            #expect(try look(file, nil, ["ADIT_STATE": "/of-variable"]) == "/of-variable")
            #expect(try look(file, "/of-flag", ["ADIT_STATE": "/of-variable"]) == "/of-flag")
            #expect(throws: ConfigurationFaults.self) { try look("/none", nil, [:]) }
        }
    }

    @Test("a place that cannot be is said in the system's words", arguments: ["", "/below", "/far/below"])
    func noPlace(_ more: String) throws {
        try inTemporaryDirectory { directory in
            let file = try "in the way".written(to: directory + "/file")
            let complaint = #expect(throws: Complaint.self) {
                try StatusFile.write(self.status(writtenAt: 1), in: StateDirectory(path: file + more))
            }
            #expect(complaint.map { "\($0)" } == "cannot make the directory \(file)\(more): Not a directory")
        }
    }

    @Test("a file for each connector that runs, for its owner only; those of the dead are taken away")
    func files() throws {
        try inTemporaryDirectory { directory in
            let state = StateDirectory(path: directory + "/state")
            #expect(StatusFile.readAll(in: state, now: 1000).isEmpty)
            let pid = ProcessInfo.processInfo.processIdentifier
            let path = state.path(of: StatusFile.name(pid: pid))
            for time in [999, 1000] { try StatusFile.write(self.status(writtenAt: time), in: state) }
            // No process has a number as high.
            let dead = state.path(of: StatusFile.name(pid: .max))
            try StatusFile.write(self.status(pid: .max), in: state)
            _ = try "rubbish".written(to: state.path(of: "connector-1.json"))
            let found = StatusFile.readAll(in: state, now: 1000)
            #expect(found.map(\.pid) == [pid] && found.first?.writtenAt == 1000)
            #expect(!FileManager.default.fileExists(atPath: dead))
            // Its number may be another program's by now.
            #expect(StatusFile.readAll(in: state, now: 1031).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
