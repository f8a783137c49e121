package import NIOCore
import Synchronization
private import TunnelTransport
package import Vocabulary

/// Who serves what now: the live tunnels, their offers, and the choice between them.
///
/// Asked on every call, on any event loop: one short lock, no wait. Changed when a connector says something new.
package final class Registry: Sendable {
    struct State {
        var tunnels: [Int: Member] = [:]
        /// Who offers a deployment, in the order in which they began to.
        var offers: [DeploymentName: [Spot]] = [:]
        var newestGeneration: [String: UInt64] = [:]
        var nextNumber = 1
        /// Tokens that were revoked: a tunnel that was let in before says hello after it.
        var ended: Set<String> = []
        /// By session, while none of its tunnels could be found.
        var absences: [String: Absence] = [:]
        var nextWait = 0
        /// Calls that were placed and not released yet, whatever has become of their tunnels.
        var placedCalls = 0
        var isDraining = false
        /// Whether connectors were sent to another relay.
        var isLeaving = false
        /// Those who wait, by what they wait for.
        var lines: [DeploymentName: Line] = [:]
        var nextPlace = 0
        /// When those who wait are next looked at although nothing has happened.
        var nextLook = NIODeadline.uptimeNanoseconds(0)
        /// When a tunnel last stopped serving a deployment, by its token; `nil` stands for one that is not known.
        var lastServed: [DeploymentName: [String?: NIODeadline]] = [:]
        /// How connectors have done that have not done well.
        var health: [HealthKey: Health] = [:]
        /// How often a connector was put out for a while.
        var ejections: [DeploymentName: Int] = [:]
    }

    /// A tunnel with what changes about it.
    ///
    /// `@unchecked`: routes carry it from thread to thread, and only `entry`, which never changes, is read there; every `var` is read
    /// and changed under the registry's lock only, which the compiler cannot see.
    final class Member: @unchecked Sendable {
        let entry: TunnelEntry
        var posts: [DeploymentName: Post] = [:]
        /// Calls on the tunnel now, all together and by deployment.
        var openCalls = 0
        private(set) var tallies: [DeploymentName: Tally] = [:]
        /// When a call on it last went well, or the first of those that are open began.
        var wentWell = NIODeadline.uptimeNanoseconds(0)
        var isDraining: Bool
        var traffic = TunnelTraffic()

        init(entry: TunnelEntry, isDraining: Bool) {
            self.entry = entry
            self.isDraining = isDraining
        }

        var offers: [DeploymentName: Offer] { self.posts.mapValues(\.offer) }

        /// The calls of a deployment, whatever becomes of the offer.
        func tally(of name: DeploymentName) -> Tally {
            if let tally = self.tallies[name] { return tally }
            let tally = Tally(name)
            self.tallies[name] = tally
            return tally
        }
    }

    /// How many calls of one deployment are on one tunnel now.
    ///
    /// `@unchecked`: routes carry it from thread to thread, and only `deployment`, which never changes, is read there; `calls` is read
    /// and changed under the registry's lock only.
    final class Tally: @unchecked Sendable {
        let deployment: DeploymentName
        var calls = 0

        init(_ deployment: DeploymentName) {
            self.deployment = deployment
        }
    }

    /// Where a call may go: a tunnel, and what it offers.
    struct Spot {
        let member: Member
        let post: Post
    }

    /// An offer with what calls have found out about it; read and changed under the registry's lock only.
    final class Post {
        let offer: Offer
        let tally: Tally
        /// As it was said last.
        var load = OfferLoad()
        /// The offer's, without what it turned out not to have although its connector said so.
        var server: ModelServer

        init(_ offer: Offer, _ tally: Tally) {
            self.offer = offer
            self.tally = tally
            self.server = offer.server
        }
    }

    let state = Mutex(State())
    /// How calls wait for a connector that has gone.
    package let hold: HoldLimits
    /// How calls wait for servers that are busy.
    package let capacity: CapacityLimits
    let policy: PlacementPolicy
    let clock: @Sendable () -> NIODeadline
    /// The relay's own name, told to connectors.
    package let relay: String
    /// Another one after each start.
    package let instance: String
    /// Whether calls may go on in another tunnel.
    let resumes: Bool
    private let announcements: AsyncStream<Announcement>.Continuation
    /// Deployments that connectors publish for the first time; whoever keeps the accounts consumes them.
    package let announced: AsyncStream<Announcement>

    /// - Parameters:
    ///   - hold: how calls wait for a connector that has gone.
    ///   - capacity: how calls wait for servers that are busy.
    ///   - policy: how one of several connectors is chosen.
    ///   - resumes: whether calls may go on in another tunnel when their own has died.
    ///   - clock: tells the time.
    package init(
        relay: String,
        hold: HoldLimits = HoldLimits(),
        capacity: CapacityLimits = CapacityLimits(),
        policy: PlacementPolicy = PlacementPolicy(),
        resumes: Bool = true,
        clock: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.relay = relay
        self.hold = hold
        self.capacity = capacity
        self.policy = policy
        self.clock = clock
        self.resumes = resumes
        self.instance = String(UInt64.random(in: .min ... .max), radix: 16)
        (self.announced, self.announcements) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_024))
    }

    /// Whether a dial may become a tunnel; `false` when a newer generation of its session was seen.
    package func accepts(session: String, generation: UInt64) -> Bool {
        self.state.withLock { generation >= $0.newestGeneration[session] ?? 0 }
    }

    /// Whether the relay is stopping.
    package var isDraining: Bool { self.state.withLock { $0.isDraining } }

    /// Chooses a tunnel for a call and counts the call there until ``release(_:failed:)``.
    ///
    /// The least busy healthy connector, by its weight; of several the one that the conversation was with before, and else one
    /// on the caller's own event loop, which saves a hop per chunk.
    /// - Parameters:
    ///   - tried: numbers of tunnels that already refused this call.
    ///   - isLight: whether it is no work for a server, so that none is too busy for it.
    ///   - prefix: what the conversation begins with, as a number; asked for when it matters, without the lock.
    package func place(
        _ name: DeploymentName,
        near eventLoop: any EventLoop,
        tried: [Int] = [],
        isLight: Bool = false,
        prefix: () -> UInt64? = { nil }
    ) -> Placement {
        var query = PlaceQuery(near: eventLoop, tried: tried, isLight: isLight, now: self.clock())
        query.beginning = .unread
        while true {
            let (placement, handings): (Placement?, [Handing]) = self.state.withLock { state in
                // Whoever waits comes first.
                let handings = isLight || state.lines[name] == nil ? [] : self.serve(name, in: &state)
                return switch self.choose(name, query, in: state) {
                case .spot(let spot): (.route(Self.count(spot, at: query.now, in: &state)), handings)
                case .busy: (.busy, handings)
                case .nobody(let outage): (.offline(outage), handings)
                case .undecided: (nil, handings)
                }
            }
            Self.hand(handings)
            if let placement { return placement }
            query.beginning = .read(prefix())
        }
    }

    /// The call that ``place(_:near:tried:isLight:prefix:)`` counted has left its tunnel.
    /// - Parameter failed: whether its server did badly with it; `nil` when the call says nothing of that.
    package func release(_ route: Route, failed: Bool? = nil) {
        let now = self.clock()
        let handings: [Handing] = self.state.withLock { state in
            state.placedCalls -= 1
            Self.note(route, failed: failed, at: now, in: &state)
            Self.uncount(route)
            if failed == false { route.member.wentWell = now }
            return state.lines.isEmpty ? [] : self.serve(route.deployment, in: &state)
        }
        Self.hand(handings)
    }

    static func uncount(_ route: Route) {
        guard route.member.openCalls > 0 else { return }
        route.member.openCalls -= 1
        route.tally.calls -= 1
    }

    /// A server does not have what its connector said: it is not asked for it again before its connector says something new of it.
    package func note(_ route: inout Route, lacks service: UpstreamService) {
        route = route.without(service)
        self.state.withLock { state in
            _ = state.tunnels[route.tunnel.number]?.posts[route.deployment]?.server.services.remove(service)
        }
    }

    /// Ends every tunnel that was opened with a token, at once, and for good: none that was let in before comes up any more. It is
    /// not expected back: nobody waits for what it served.
    package func end(token: String, because reason: String) {
        let (entries, forlorn) = self.state.withLock { state in
            state.ended.insert(token)
            let forlorn = state.absences.values.filter { $0.token == token }.flatMap { $0.waiting.values }
            state.absences = state.absences.filter { $0.value.token != token }
            let members = state.tunnels.values.filter { $0.entry.ticket.token == token }
            for member in members {
                for name in member.posts.keys {
                    Self.withdraw(name, of: member.entry.number, in: &state)
                }
                member.posts = [:]
            }
            for name in state.lastServed.keys { state.lastServed[name]?[token] = nil }
            return (members.map(\.entry), forlorn)
        }
        for wake in forlorn { wake(false) }
        for entry in entries {
            entry.eventLoop.execute { entry.tunnel.value.close(reason: reason) }
        }
    }

    func announce(_ announcement: Announcement) {
        self.announcements.yield(announcement)
    }
}

/// Deployments that a connector publishes and that were not published by its tunnel before.
package struct Announcement: Sendable {
    package var names: [DeploymentName]
    /// Must be called once: with those that could not be taken into the accounts, and why.
    package var answer: @Sendable ([DeploymentName: String]) -> Void
}

/// How much went through a tunnel, as last told by its event loop.
package struct TunnelTraffic: Sendable, Hashable {
    package var bytesReceived = 0
    package var bytesSent = 0
    package var roundTripMicroseconds: Int?
}
