import NIOCore
import Synchronization
import Vocabulary

/// The choice between those who serve a deployment.
extension Registry {
    /// What ``choose(_:_:in:)`` finds.
    enum Choice {
        case spot(Spot)
        /// All that serve the deployment are known to have as many calls as they work on at once.
        case busy
        /// Several could take it: it must be known what its conversation begins with.
        case undecided
        case nobody(Outage)
    }

    /// How many calls one tunnel of a connector gets before the next one gets as many. What travels together shares writes,
    /// reads and TLS records at both ends, which is most of what a small call costs there.
    package static let together = 16
    /// For how long after a call went well that is so: one whose line has gone silent must not get them all.
    static let confidence = TimeAmount.seconds(1)

    /// Whose health is remembered: a connector with one deployment.
    struct HealthKey: Hashable {
        var session: String
        var deployment: DeploymentName
    }

    /// Chooses a tunnel; counts nothing. A connector that is the only one costs no array.
    func choose(_ name: DeploymentName, _ query: PlaceQuery, in state: borrowing State) -> Choice {
        guard let spots = state.offers[name] else { return .nobody(.noConnector) }
        var first: Candidate?
        var others: [Candidate] = []
        var outage: Outage?
        for spot in spots {
            let member = spot.member
            let session = member.entry.ticket.session
            if first == nil { first = Candidate(session: session) }
            if first?.session == session {
                first?.add(spot, for: query)
            } else if let index = others.firstIndex(where: { $0.session == session }) {
                others[index].add(spot, for: query)
            } else {
                var other = Candidate(session: session)
                other.add(spot, for: query)
                others.append(other)
            }
            if !spot.post.offer.isHealthy {
                outage = outage ?? .unhealthy(reason: spot.post.offer.reason)
            } else if !member.takes(query) {
                outage = outage ?? .leaving
            }
        }
        if !others.isEmpty {
            if let first { others.insert(first, at: 0) }
            others.removeAll { $0.best == nil }
            if others.count > 1, case .unread = query.beginning { return .undecided }
            others = self.promising(others, name, query, in: state)
            if self.holdsBack(name, query, in: state), !others.isEmpty {
                others.removeAll(where: \.isFull)
                guard !others.isEmpty else { return .busy }
            }
            first = others.best(for: query, prefersAffinity: self.policy.prefersAffinity(name))
        } else if let first, first.best != nil, first.isFull, self.holdsBack(name, query, in: state) {
            return .busy
        }
        guard let best = first?.best else { return .nobody(outage ?? .noConnector) }
        return .spot(best.spot)
    }

    private func holdsBack(_ name: DeploymentName, _ query: PlaceQuery, in state: borrowing State) -> Bool {
        // Where connectors are about to leave, waiting does not help.
        !query.isLight && !state.isLeaving && self.capacity.holdsBack(name)
    }

    /// Those of several who have neither refused the call nor failed lately, as far as there are any.
    private func promising(
        _ candidates: [Candidate],
        _ name: DeploymentName,
        _ query: PlaceQuery,
        in state: borrowing State
    ) -> [Candidate] {
        var candidates = candidates
        let untried = candidates.filter { !$0.wasTried }
        if !untried.isEmpty { candidates = untried }
        guard candidates.count > 1, !state.health.isEmpty else { return candidates }
        let well = candidates.filter { candidate in
            let key = HealthKey(session: candidate.session, deployment: name)
            return state.health[key]?.isOut(at: query.now) != true
        }
        // When nobody is well, all may be as they seem, or the reason lies elsewhere.
        return well.isEmpty ? candidates : well
    }

    /// Counts a call on a tunnel.
    static func count(_ spot: Spot, at now: NIODeadline, in state: inout State) -> Route {
        let (member, post, tally) = (spot.member, spot.post, spot.post.tally)
        state.placedCalls += 1
        if member.openCalls == 0 { member.wentWell = now }
        member.openCalls += 1
        tally.calls += 1
        if !state.health.isEmpty {
            let key = HealthKey(session: member.entry.ticket.session, deployment: tally.deployment)
            state.health[key]?.begin(at: now)
        }
        return Route(member: member, tally: tally, model: post.offer.model, server: post.server, placed: now)
    }

    /// What a call says of the connector that had it.
    static func note(_ route: Route, failed: Bool?, at now: NIODeadline, in state: inout State) {
        // A healthy connector that succeeds needs no entry.
        if failed != true, state.health.isEmpty { return }
        let key = HealthKey(session: route.tunnel.ticket.session, deployment: route.deployment)
        // Of a tunnel that has left nothing is remembered, unless its connector has others.
        guard state.health[key] != nil || state.tunnels[route.tunnel.number] != nil else { return }
        var health = state.health[key] ?? Health()
        if health.end(failed.map { $0 ? .failure : .success } ?? .neither, at: now) {
            state.ejections[route.deployment, default: 0] += 1
        }
        state.health[key] = health.isAtRest ? nil : health
    }
}

extension Candidate {
    /// One more of its tunnels. Also what goes on where nothing new begins keeps a connector busy.
    fileprivate mutating func add(_ spot: Registry.Spot, for query: PlaceQuery) {
        let (member, post) = (spot.member, spot.post)
        self.own += post.tally.calls
        self.all += member.openCalls
        guard post.offer.isHealthy, member.takes(query) else {
            if query.tried.contains(member.entry.number) { self.wasTried = true }
            return
        }
        let isWell = query.now - member.wentWell < Registry.confidence
        let calls = isWell ? member.openCalls - member.openCalls % Registry.together : member.openCalls
        let load = calls * 2 + (member.entry.eventLoop === query.near ? 0 : 1)
        if let best, best.load <= load { return }
        self.best = (spot, load)
        self.load = post.load
    }
}

extension Registry.Member {
    /// Whether new calls may go there, this one too.
    fileprivate func takes(_ query: PlaceQuery) -> Bool {
        !self.isDraining && !query.tried.contains(self.entry.number)
    }
}
