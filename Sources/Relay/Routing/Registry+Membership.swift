import NIOCore
import Synchronization
import TunnelProtocol
import TunnelTransport
import Vocabulary

/// What a tunnel's own link tells the registry.
extension Registry {
    /// What follows from a tunnel that has come.
    struct Arrival {
        var entry: TunnelEntry
        /// Tunnels that drain from now on and must be told so; the new one may be among them.
        var draining: [TunnelEntry] = []
        /// Tunnels that the connector knows to be dead.
        var lost: [TunnelEntry] = []
        /// Those who waited for it.
        var waiting: [@Sendable (Bool) -> Void] = []
        /// Those who wait for a process that this one has replaced.
        var forlorn: [@Sendable (Bool) -> Void] = []
        /// Calls that the connector still has, and nobody wants.
        var left: [CallStreamName] = []
    }

    /// A tunnel is up. Of two of the same session and index the older generation gets no new calls any more, whichever
    /// came first.
    /// - Returns: `nil` when its token was revoked after it had been let in.
    func join(_ ticket: TunnelTicket, _ hello: ControlMessage.Hello, tunnel: Tunnel, now: Int) -> Arrival? {
        let time = self.clock()
        return self.state.withLock { state -> Arrival? in
            guard !state.ended.contains(ticket.token) else { return nil }
            let number = state.nextNumber
            state.nextNumber += 1
            let entry = TunnelEntry(
                number: number,
                ticket: ticket,
                tunnel: tunnel,
                since: now,
                index: hello.tunnel,
                resumes: self.resumes && hello.capabilities.contains(Capability.resume)
            )
            var arrival = Arrival(entry: entry)
            let lost = Set(hello.lost ?? [])
            var isDraining = state.isDraining
            for member in state.tunnels.values where member.entry.ticket.session == ticket.session {
                let generation = member.entry.ticket.generation
                if lost.contains(generation) {
                    Self.drain(member, at: time, in: &state)
                    arrival.lost.append(member.entry)
                } else if member.entry.index != hello.tunnel {
                    continue
                } else if generation < ticket.generation {
                    Self.drain(member, at: time, in: &state)
                    arrival.draining.append(member.entry)
                } else if generation > ticket.generation {
                    isDraining = true
                }
            }
            if isDraining || state.isLeaving { arrival.draining.append(entry) }
            state.tunnels[number] = Member(entry: entry, isDraining: isDraining)
            if entry.resumes, let absence = state.absences.removeValue(forKey: ticket.session) {
                arrival.waiting = Array(absence.waiting.values)
                arrival.left = absence.left
            }
            // A process before this one that said nothing, and has no tunnel any more, will not come back.
            for old in hello.replaces ?? [] where old != ticket.session && state.absences[old]?.token == ticket.token {
                guard !state.tunnels.values.contains(where: { $0.entry.ticket.session == old }) else { continue }
                arrival.forlorn += state.absences.removeValue(forKey: old).map { Array($0.waiting.values) } ?? []
            }
            return arrival
        }
    }

    /// Remembers the newest generation of a session, so that a late older dial is told so.
    package func note(session: String, generation: UInt64) {
        self.state.withLock { state in
            if state.newestGeneration.count > 10_000 {
                let live = Set(state.tunnels.values.map(\.entry.ticket.session))
                state.newestGeneration = state.newestGeneration.filter { live.contains($0.key) }
            }
            state.newestGeneration[session] = max(generation, state.newestGeneration[session] ?? 0)
        }
    }

    /// The connector said anew what it serves.
    func update(
        _ entry: TunnelEntry,
        offers: [DeploymentName: Offer],
        loads: [DeploymentName: OfferLoad] = [:],
        traffic: TunnelTraffic
    ) {
        let now = self.clock()
        let handings: [Handing] = self.state.withLock { state in
            guard let member = state.tunnels[entry.number], !state.ended.contains(entry.ticket.token) else { return [] }
            member.traffic = traffic
            let (old, served) = (member.posts, member.served)
            member.posts = [:]
            for name in old.keys where offers[name] == nil {
                Self.withdraw(name, of: entry.number, in: &state)
            }
            for (name, offer) in offers {
                let post = old[name].flatMap { $0.offer == offer ? $0 : nil } ?? Post(offer, member.tally(of: name))
                post.load = loads[name] ?? OfferLoad()
                member.posts[name] = post
                Self.put(Spot(member: member, post: post), for: name, in: &state)
            }
            Self.note(served.subtracting(member.served), of: entry.ticket.token, goneAt: now, in: &state)
            for name in member.served.subtracting(served) { Self.forgive(entry.number, name, in: &state) }
            return member.served.flatMap { self.serve($0, in: &state) }
        }
        Self.hand(handings)
    }

    /// The tunnel takes no new calls; those that it carries go on.
    func drain(_ entry: TunnelEntry) {
        let now = self.clock()
        self.state.withLock { state in
            guard let member = state.tunnels[entry.number] else { return }
            Self.drain(member, at: now, in: &state)
        }
    }

    private static func drain(_ member: Member, at now: NIODeadline, in state: inout State) {
        self.note(member.served, of: member.entry.ticket.token, goneAt: now, in: &state)
        member.isDraining = true
    }

    /// The tunnel is gone.
    func leave(_ entry: TunnelEntry) {
        let now = self.clock()
        self.state.withLock { state in
            guard let member = state.tunnels.removeValue(forKey: entry.number) else { return }
            Self.note(member.served, of: entry.ticket.token, goneAt: now, in: &state)
            for name in member.posts.keys { Self.withdraw(name, of: entry.number, in: &state) }
            let session = entry.ticket.session
            if !state.health.isEmpty, !state.tunnels.values.contains(where: { $0.entry.ticket.session == session }) {
                state.health = state.health.filter { $0.key.session != session }
            }
        }
    }

    /// The relay is stopping: tells every connector, so that it opens its tunnels elsewhere and ends these when idle.
    ///
    /// It lets no tunnel in any more: calls whose tunnel has died wait in vain.
    package func drainAll() {
        let (entries, handings, forlorn) = self.state.withLock { state in
            state.isDraining = true
            let forlorn = state.absences.values.flatMap { $0.waiting.values }
            state.absences = [:]
            for number in state.tunnels.keys { state.tunnels[number]?.isDraining = true }
            return (state.tunnels.values.map(\.entry), Self.endLines(in: &state), forlorn)
        }
        Self.hand(handings)
        for wake in forlorn { wake(false) }
        for entry in entries {
            entry.eventLoop.execute { entry.tunnel.value.send(.drain(lastStream: nil)) }
        }
    }

    /// Ends every tunnel; the last thing that a stopping relay does to them.
    package func closeAll(because reason: String) {
        let entries = self.state.withLock { $0.tunnels.values.map(\.entry) }
        for entry in entries {
            entry.eventLoop.execute {
                entry.tunnel.value.send(.goodbye(reason: reason, lastStream: nil))
                entry.tunnel.value.close(reason: reason)
            }
        }
    }

    /// A tunnel that offers a deployment anew keeps its place.
    private static func put(_ spot: Spot, for name: DeploymentName, in state: inout State) {
        var spots = state.offers[name] ?? []
        if let index = spots.firstIndex(where: { $0.member === spot.member }) {
            spots[index] = spot
        } else {
            spots.append(spot)
        }
        state.offers[name] = spots
    }

    static func withdraw(_ name: DeploymentName, of number: Int, in state: inout State) {
        state.offers[name]?.removeAll { $0.member.entry.number == number }
        if state.offers[name]?.isEmpty == true { state.offers[name] = nil }
    }
}

extension Registry.Member {
    /// The deployments that new calls may come for.
    fileprivate var served: Set<DeploymentName> {
        self.isDraining ? [] : Set(self.posts.filter(\.value.offer.isHealthy).keys)
    }
}
