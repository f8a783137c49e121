package import NIOCore
import Synchronization
package import TunnelTransport
package import Vocabulary

/// What one tunnel offers for one deployment, as its connector last said.
package struct Offer: Hashable, Sendable {
    /// The upstream's own name for the model.
    package var model: String
    /// What the upstream is: `ollama`, `llama.cpp`, `vllm` …
    package var upstream: String
    package var upstreamVersion: String?
    /// The same for those who ask it: its kind, and what it can be asked for.
    package var server = ModelServer()
    package var contextLength: Int?
    /// How many calls the upstream works on at once, when it says so.
    package var slots: Int?
    /// How many calls are to go there for each one that goes to a connector of weight 1; `nil` when nobody says.
    package var weight: Int?
    package var isHealthy: Bool
    /// Why it is not healthy.
    package var reason: String?
}

/// Where a call goes: a tunnel, and the model's name behind it.
package final class Route: Sendable {
    let member: Registry.Member
    /// Where the call is counted.
    let tally: Registry.Tally
    package let model: String
    /// What is to be known of the server before it is asked.
    package let server: ModelServer
    /// When it was chosen.
    package let placed: NIODeadline

    init(
        member: Registry.Member,
        tally: Registry.Tally,
        model: String,
        server: ModelServer,
        placed: NIODeadline
    ) {
        self.member = member
        self.tally = tally
        self.model = model
        self.server = server
        self.placed = placed
    }

    package var tunnel: TunnelEntry { self.member.entry }
    var deployment: DeploymentName { self.tally.deployment }

    /// The same call, going on in another tunnel.
    func moved(to member: Registry.Member, _ tally: Registry.Tally) -> Route {
        Route(member: member, tally: tally, model: self.model, server: self.server, placed: self.placed)
    }

    /// The same, to a server that turned out not to have a service.
    func without(_ service: UpstreamService) -> Route {
        var server = self.server
        server.services.remove(service)
        return Route(member: self.member, tally: self.tally, model: self.model, server: server, placed: self.placed)
    }
}

/// The answer to «who serves this deployment now?».
package enum Placement: Sendable {
    case route(Route)
    /// All that serve it are known to have as many calls as they work on at once.
    case busy
    case offline(Outage)
}

/// One tunnel as the registry knows it; the tunnel itself is used on its own event loop only.
package final class TunnelEntry: Sendable {
    package let number: Int
    package let ticket: TunnelTicket
    package let eventLoop: any EventLoop
    package let tunnel: NIOLoopBound<Tunnel>
    let since: Int
    /// Which of its session's tunnels it is.
    let index: Int
    /// Whether its calls may go on in another tunnel of the session.
    package let resumes: Bool
    /// Whether its connector has said that it will open no other one.
    let isLastOne = Atomic<Bool>(false)

    init(number: Int, ticket: TunnelTicket, tunnel: Tunnel, since: Int, index: Int, resumes: Bool) {
        self.index = index
        self.resumes = resumes
        self.number = number
        self.ticket = ticket
        self.eventLoop = tunnel.eventLoop
        self.tunnel = NIOLoopBound(tunnel, eventLoop: tunnel.eventLoop)
        self.since = since
    }
}
