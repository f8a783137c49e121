/// What the two ends tell each other beside calls: one JSON object a line on stream 0.
package enum ControlMessage: Hashable, Sendable {
    /// connector → relay, first: who it is and what it can do.
    case hello(Hello)
    /// connector → relay: what it serves, on every change and every five seconds.
    case state(State)
    /// relay → connector, first: who it is and what the token may publish.
    case welcome(Welcome)
    /// relay → connector: which names of the last `state` were taken.
    case published(Published)
    /// relay → connector: look at the upstreams anew.
    case probe
    /// relay → connector: open another tunnel; this one takes no more calls and ends when it is idle.
    case drain(lastStream: UInt64?)
    /// relay → connector: these calls are not wanted any more; their callers left while no tunnel was there to say so.
    case cancel(calls: [CallStreamName])
    /// Either: I am leaving; streams above the last one are not served. A connector that `returns` opens another tunnel for the calls
    /// of this one if it breaks before they have ended.
    case goodbye(reason: String, lastStream: UInt64?, returns: Bool = false)
    /// A message of a later version; ignored.
    case unknown(type: String)
}

extension ControlMessage {
    /// The connector introduces itself.
    package struct Hello: Hashable, Sendable, Codable {
        /// The version of the control messages; 1.
        package var version: Int
        /// The software and its version, for people.
        package var software: String
        /// What it can do beyond version 1: names of ``Capability``.
        package var capabilities: [String]
        /// Streams that it takes at once.
        package var streams: Int
        /// Which of the session's tunnels this is, from 0: a newer one with the same number replaces it.
        package var tunnel: Int
        /// Generations of this session's tunnels that the connector has given up: the relay may not have noticed yet.
        package var lost: [UInt64]?
        /// Sessions of processes that had this one's place before, and ended without a word.
        package var replaces: [String]?

        package init(
            version: Int = 1,
            software: String,
            capabilities: [String] = [],
            streams: Int,
            tunnel: Int,
            lost: [UInt64]? = nil,
            replaces: [String]? = nil
        ) {
            self.version = version
            self.software = software
            self.capabilities = capabilities
            self.streams = streams
            self.tunnel = tunnel
            self.lost = lost
            self.replaces = replaces
        }
    }

    /// What the connector serves now; the whole list each time.
    package struct State: Hashable, Sendable, Codable {
        package var deployments: [DeploymentState]

        package init(deployments: [DeploymentState]) {
            self.deployments = deployments
        }
    }

    /// One deployment as its connector sees it.
    package struct DeploymentState: Hashable, Sendable, Codable {
        /// The public name.
        package var name: String
        /// The upstream's own name for the model.
        package var model: String
        /// What the upstream is: `ollama`, `llama.cpp`, `vllm`, `sglang`, `lmstudio`, `generic`, `demo`.
        package var upstream: String
        package var upstreamVersion: String?
        /// What the upstream can be asked for, by the names of `UpstreamService`; `chat` when a connector does not say.
        package var dialects: [String]
        /// Tokens that the model takes, when known.
        package var contextLength: Int?
        /// Calls that the upstream works on at once, when it says so.
        package var slots: Int?
        /// Calls that this connector has under way for the deployment.
        package var busy: Int
        /// Calls that wait at the upstream, when it says so.
        package var queued: Int
        /// Calls at the upstream, at work or waiting, that are not among ``busy``: of other deployments and of other callers.
        /// `nil` when the upstream does not say.
        package var others: Int?
        /// Whether the upstream has the model in memory; `nil` when it does not say.
        package var loaded: Bool?
        /// How many calls it is to get for each one that a connector of weight 1 gets; `nil` when nobody says.
        package var weight: Int?
        package var healthy: Bool
        /// Why it is not healthy, as a part of a sentence.
        package var reason: String?

        enum CodingKeys: String, CodingKey {
            case name, model, upstream, upstreamVersion, dialects, contextLength, slots, busy, queued, others,
                loaded, weight, healthy, reason
        }

        package init(
            name: String,
            model: String,
            upstream: String,
            upstreamVersion: String? = nil,
            dialects: [String] = ["chat"],
            contextLength: Int? = nil,
            slots: Int? = nil,
            busy: Int = 0,
            queued: Int = 0,
            others: Int? = nil,
            loaded: Bool? = nil,
            weight: Int? = nil,
            healthy: Bool,
            reason: String? = nil
        ) {
            self.name = name
            self.model = model
            self.upstream = upstream
            self.upstreamVersion = upstreamVersion
            self.dialects = dialects
            self.contextLength = contextLength
            self.slots = slots
            self.busy = busy
            self.queued = queued
            self.others = others
            self.loaded = loaded
            self.weight = weight
            self.healthy = healthy
            self.reason = reason
        }
    }

    /// The relay introduces itself.
    package struct Welcome: Hashable, Sendable, Codable {
        /// The relay's name, for people.
        package var relay: String
        /// The session, as the connector gave it.
        package var session: String
        /// Deployment names and patterns that the token may publish.
        package var scope: [String]
        /// What it can do beyond version 1: names of ``Capability``.
        package var capabilities: [String]
        /// Another one after each start of the relay: what an earlier one had under way, this one does not know.
        package var instance: String?

        package init(
            relay: String,
            session: String,
            scope: [String],
            capabilities: [String] = [],
            instance: String? = nil
        ) {
            self.instance = instance
            self.relay = relay
            self.session = session
            self.scope = scope
            self.capabilities = capabilities
        }
    }

    /// What became of the names of a `state`.
    package struct Published: Hashable, Sendable, Codable {
        package var accepted: [String]
        package var refused: [Refusal]
        /// How many others were refused for which the line has no room.
        package var more: Int?

        package init(accepted: [String], refused: [Refusal], more: Int? = nil) {
            self.accepted = accepted
            self.refused = refused
            self.more = more
        }
    }

    /// A name that was not taken, and why.
    package struct Refusal: Hashable, Sendable, Codable {
        package var name: String
        package var reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }
}
