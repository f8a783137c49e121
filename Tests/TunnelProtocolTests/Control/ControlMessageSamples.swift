import NIOCore
import Testing
import TunnelProtocol

/// A message, and the line that stands for it.
struct ControlMessageSample: Sendable, CustomTestStringConvertible {
    var message: ControlMessage
    /// The line without its end.
    var line: String

    init(_ message: ControlMessage, _ line: String) {
        self.message = message
        self.line = line
    }

    var testDescription: String { self.line }

    /// Every message, with all of its members and with as few as it can have.
    static let all: [Self] = [
        Self(
            .hello(.init(software: "adit-connector/0.1.0", streams: 4_096, tunnel: 0)),
            #"{"capabilities":[],"software":"adit-connector/0.1.0","streams":4096,"tunnel":0,"type":"hello","version":1}"#
        ),
        Self(
            .hello(.init(version: 2, software: "é \"/\\\n😀", capabilities: ["b", "a"], streams: 1, tunnel: 7)),
            #"{"capabilities":["b","a"],"software":"é \"/\\\n😀","streams":1,"tunnel":7,"type":"hello","version":2}"#
        ),
        Self(.state(.init(deployments: [])), #"{"deployments":[],"type":"state"}"#),
        Self(
            .state(
                .init(deployments: [.init(name: "gemma-tunnel", model: "gemma3:4b", upstream: "ollama", healthy: true)])
            ),
            #"{"deployments":[{"busy":0,"dialects":["chat"],"healthy":true,"model":"gemma3:4b","name":"gemma-tunnel","#
                + #""queued":0,"upstream":"ollama"}],"type":"state"}"#
        ),
        Self(
            .state(
                .init(deployments: [
                    .init(
                        name: "hf.co/org/model",
                        model: "m",
                        upstream: "vllm",
                        upstreamVersion: "0.11.0",
                        dialects: [],
                        contextLength: 131_072,
                        slots: 8,
                        busy: 2,
                        queued: 3,
                        others: 4,
                        loaded: false,
                        weight: 2,
                        healthy: false,
                        reason: "the model is being loaded"
                    ), .init(name: "b", model: "b", upstream: "demo", dialects: ["chat", "embeddings"], healthy: true),
                ])
            ),
            #"{"deployments":[{"busy":2,"contextLength":131072,"dialects":[],"healthy":false,"loaded":false,"model":"m","#
                + #""name":"hf.co/org/model","others":4,"queued":3,"#
                + #""reason":"the model is being loaded","slots":8,"#
                + #""upstream":"vllm","upstreamVersion":"0.11.0","weight":2},{"busy":0,"dialects":["chat","embeddings"],"#
                + #""healthy":true,"model":"b","name":"b","queued":0,"upstream":"demo"}],"type":"state"}"#
        ),
        Self(
            .welcome(.init(relay: "relay-1", session: "5f", scope: ["gemma-tunnel", "home-*"])),
            #"{"capabilities":[],"relay":"relay-1","scope":["gemma-tunnel","home-*"],"session":"5f","type":"welcome"}"#
        ),
        Self(
            .published(.init(accepted: ["gemma-tunnel"], refused: [])),
            #"{"accepted":["gemma-tunnel"],"refused":[],"type":"published"}"#
        ),
        Self(
            .published(.init(accepted: [], refused: [.init(name: "x", reason: "the tunnel token covers only: a")])),
            #"{"accepted":[],"refused":[{"name":"x","reason":"the tunnel token covers only: a"}],"type":"published"}"#
        ),
        Self(
            .published(.init(accepted: [], refused: [], more: 3)),
            #"{"accepted":[],"more":3,"refused":[],"type":"published"}"#
        ),
        Self(.probe, #"{"type":"probe"}"#),
        Self(.drain(lastStream: nil), #"{"type":"drain"}"#),
        Self(.drain(lastStream: 41), #"{"lastStream":41,"type":"drain"}"#),
        Self(.goodbye(reason: "stopping", lastStream: nil), #"{"reason":"stopping","type":"goodbye"}"#),
        Self(
            .goodbye(reason: "", lastStream: (1 << 62) - 1),
            #"{"lastStream":4611686018427387903,"reason":"","type":"goodbye"}"#
        ),
        Self(
            .goodbye(reason: "stopping", lastStream: 4, returns: true),
            #"{"lastStream":4,"reason":"stopping","returns":true,"type":"goodbye"}"#
        ),
        Self(.unknown(type: "later"), #"{"type":"later"}"#),
        Self(.unknown(type: ""), #"{"type":""}"#),
    ]
}
