package import NIOCore
import Synchronization
package import Vocabulary
import Waiting

/// A call that waits for somebody who serves its deployment.
package struct RouteWaiter: Sendable {
    /// Whose turn it is when several wait: the user.
    package var owner: String
    /// The size of what waits with it, in bytes.
    package var size: Int
    /// The call's own event loop.
    package var eventLoop: any EventLoop
    /// Numbers of tunnels that have refused the call.
    package var tried: [Int]
    /// What the conversation begins with, as a number.
    package var prefix: UInt64?
    /// Hears once what became of it, unless it left; called on any event loop, and must not wait.
    package var wake: @Sendable (RouteTurn) -> Void

    package init(
        owner: String,
        size: Int,
        eventLoop: any EventLoop,
        tried: [Int],
        prefix: UInt64? = nil,
        wake: @escaping @Sendable (RouteTurn) -> Void
    ) {
        self.owner = owner
        self.size = size
        self.eventLoop = eventLoop
        self.tried = tried
        self.prefix = prefix
        self.wake = wake
    }
}

/// What became of one that waited.
package enum RouteTurn: Sendable {
    /// It is its turn; the call is counted there until ``Registry/release(_:failed:)``.
    case route(Route)
    /// Too many wait, and others have fewer calls among them.
    case displaced
    /// The relay stops.
    case stopping
}

/// The answer to «who serves this deployment, now or soon?».
package enum Prospect: Sendable {
    case route(Route)
    /// The call stands in the line.
    case waits(RoutePlace, for: Scarcity)
    /// All are busy, and as many calls wait as may.
    case crowded
    /// Nobody, and not for long enough that waiting makes sense.
    case offline(Outage)
    /// Nobody, and as many wait as may.
    case full(Outage)
    /// The relay stops.
    case stopping
}

/// What a call waits for in its deployment's line.
package enum Scarcity: Hashable, Sendable {
    /// Nobody serves it now.
    case connector
    /// Those who serve it are busy.
    case slot
}

/// A place in a deployment's line.
package struct RoutePlace: Hashable, Sendable {
    let number: Int
    let deployment: DeploymentName
}

/// How calls wait for a connector that has gone.
package struct HoldLimits: Hashable, Sendable {
    /// How long after its connectors have gone calls for a deployment may still begin to wait; 0 lets none wait.
    package var time: TimeAmount
    /// How many calls of one deployment may wait.
    package var calls: Int
    /// The size of what waits with them, in bytes.
    package var bytes: Int

    package init(time: TimeAmount = .seconds(10), calls: Int = 64, bytes: Int = 256 << 20) {
        self.time = time
        self.calls = calls
        self.bytes = bytes
    }
}

/// A deployment's line, for metrics.
package struct LineStatus: Sendable {
    package var deployment: DeploymentName
    /// How many wait.
    package var count: Int
    /// How long the first one waits.
    package var longest: TimeAmount
}

/// Calls that wait for a connector.
extension Registry {
    typealias Line = FairLine<String, RouteWaiter>
    /// Who is to be told what once the lock is given back.
    typealias Handing = (waiter: RouteWaiter, turn: RouteTurn)

    /// Places a call, or puts it into the line of its deployment when that was served until a moment ago.
    package func placeOrWait(_ name: DeploymentName, _ waiter: RouteWaiter) -> Prospect {
        let now = self.clock()
        let (prospect, handings): (Prospect, [Handing]) = self.state.withLock { state in
            let scarcity: Scarcity
            var outage = Outage.noConnector
            switch self.choose(name, waiter.query(at: now), in: state) {
            case .spot(let spot):
                return (.route(Self.count(spot, at: now, in: &state)), [])
            case .busy, .undecided:
                scarcity = .slot
            case .nobody(let why):
                (scarcity, outage) = (.connector, why)
                guard self.hold.time > .zero, self.hold.calls > 0,
                    self.isServed(name, in: state) || !self.isLost(name, at: now, in: state)
                else { return (.offline(outage), []) }
            }
            guard !state.isDraining else { return (.stopping, []) }
            state.nextPlace += 1
            let entry = Line.Entry(
                number: state.nextPlace,
                owner: waiter.owner,
                size: waiter.size,
                since: Int64(now.uptimeNanoseconds),
                waiter: waiter
            )
            let limits = self.limits(for: scarcity)
            var line = state.lines[name] ?? Line(limits: limits)
            line.limits = limits
            let joining = line.join(entry)
            state.lines[name] = line
            let place = RoutePlace(number: entry.number, deployment: name)
            switch joining {
            case .joined: return (.waits(place, for: scarcity), [])
            case .joinedInPlaceOf(let others):
                return (.waits(place, for: scarcity), others.map { ($0.waiter, .displaced) })
            case .full: return (scarcity == .slot ? .crowded : .full(outage), [])
            }
        }
        Self.hand(handings)
        return prospect
    }

    /// Takes a call out of its line.
    /// - Returns: `false` when it is not there any more: then its waiter has been told, or is just being told, why.
    package func leave(_ place: RoutePlace) -> Bool {
        self.state.withLock { state in
            guard var line = state.lines[place.deployment] else { return false }
            let entry = line.leave(place.number)
            state.lines[place.deployment] = line.isEmpty ? nil : line
            return entry != nil
        }
    }

    /// Why nobody serves a deployment now.
    package func outage(of name: DeploymentName) -> Outage {
        self.state.withLock { state in
            let query = PlaceQuery(isLight: true, now: self.clock())
            guard case .nobody(let outage) = self.choose(name, query, in: state) else { return .unreachable }
            return outage
        }
    }

    /// Whether a tunnel takes no new calls any more.
    package func hasLeft(_ route: Route) -> Bool {
        self.state.withLock { $0.tunnels[route.tunnel.number]?.isDraining != false }
    }

    /// Whether those who serve a deployment are busy, and one of them may take a call that some tunnels have refused.
    package func isBusy(_ name: DeploymentName, tried: [Int]) -> Bool {
        let query = PlaceQuery(tried: tried, now: self.clock())
        return self.state.withLock { if case .busy = self.choose(name, query, in: $0) { true } else { false } }
    }

    /// Gives those who wait their turn where time alone has made somebody able to take them; twice a second at most.
    package func lookAgain() {
        let now = self.clock()
        let handings: [Handing] = self.state.withLock { state in
            guard now >= state.nextLook else { return [] }
            state.nextLook = now + .milliseconds(400)
            return state.lines.keys.flatMap { self.serve($0, in: &state) }
        }
        Self.hand(handings)
    }

    /// Every line in which somebody waits, by deployment.
    package func lines() -> [LineStatus] {
        let now = self.clock()
        let lines = self.state.withLock { $0.lines }
        return lines.map { name, line in
            let since = line.oldest ?? Int64(now.uptimeNanoseconds)
            return LineStatus(
                deployment: name,
                count: line.count,
                longest: .nanoseconds(max(0, Int64(now.uptimeNanoseconds) - since))
            )
        }.sorted { $0.deployment < $1.deployment }
    }

    /// Gives those who wait for a deployment their turn, as far as somebody serves it now.
    func serve(_ name: DeploymentName, in state: inout State) -> [Handing] {
        guard var line = state.lines.removeValue(forKey: name) else { return [] }
        var handings: [Handing] = []
        let now = self.clock()
        line.serve { entry in
            guard case .spot(let spot) = self.choose(name, entry.waiter.query(at: now), in: state)
            else { return .passed }
            let route = Self.count(spot, at: now, in: &state)
            handings.append((entry.waiter, .route(route)))
            return .over
        }
        if !line.isEmpty { state.lines[name] = line }
        return handings
    }

    /// Nobody waits any more: the relay stops.
    static func endLines(in state: inout State) -> [Handing] {
        defer { state.lines = [:] }
        return state.lines.keys.flatMap { name in
            state.lines[name]?.leaveAll().map { ($0.waiter, .stopping) } ?? []
        }
    }

    /// A tunnel serves a deployment that it did not serve before, or that was ill: whom it refused then, it may take now.
    static func forgive(_ number: Int, _ name: DeploymentName, in state: inout State) {
        state.lines[name]?.change { $0.tried.removeAll { $0 == number } }
    }

    /// Whether nobody serves a deployment, and nobody has for as long as a call would wait.
    package func isLost(_ name: DeploymentName) -> Bool {
        let now = self.clock()
        return self.state.withLock { !self.isServed(name, in: $0) && self.isLost(name, at: now, in: $0) }
    }

    /// Whether nobody serves a deployment, and nobody is expected to: the tokens of those who did were revoked.
    /// - Parameter since: when the call began to wait that asks; it waits for nobody who had been gone for long then.
    package func isForsaken(_ name: DeploymentName, since: NIODeadline) -> Bool {
        self.state.withLock { state in
            let isExpected = state.lastServed[name]?.values.contains { since - $0 < self.hold.time } == true
            return !isExpected && !self.isServed(name, in: state)
        }
    }

    private func isLost(_ name: DeploymentName, at now: NIODeadline, in state: borrowing State) -> Bool {
        state.lastServed[name]?.values.allSatisfy { now - $0 >= self.hold.time } ?? true
    }

    private func isServed(_ name: DeploymentName, in state: borrowing State) -> Bool {
        let query = PlaceQuery(isLight: true, now: self.clock())
        guard case .spot = self.choose(name, query, in: state) else { return false }
        return true
    }

    private func limits(for scarcity: Scarcity) -> Line.Limits {
        switch scarcity {
        case .connector: Line.Limits(calls: self.hold.calls, bytes: self.hold.bytes)
        case .slot: Line.Limits(calls: self.capacity.calls, bytes: self.capacity.bytes)
        }
    }

    /// Tells those whose turn it is; without the lock.
    static func hand(_ handings: [Handing]) {
        for handing in handings { handing.waiter.wake(handing.turn) }
    }

    /// A tunnel has stopped serving some deployments.
    /// - Parameter token: the tunnel's, if it is known.
    static func note(
        _ names: some Sequence<DeploymentName>,
        of token: String?,
        goneAt now: NIODeadline,
        in state: inout State
    ) {
        for name in names { state.lastServed[name, default: [:]][token] = now }
        guard state.lastServed.count > 10_000 else { return }
        state.lastServed = state.lastServed.filter { $0.value.values.contains { now - $0 < .seconds(3600) } }
    }
}

extension RouteWaiter {
    fileprivate func query(at now: NIODeadline) -> PlaceQuery {
        PlaceQuery(near: self.eventLoop, tried: self.tried, beginning: .read(self.prefix), now: now)
    }
}
