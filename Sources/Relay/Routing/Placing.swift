package import NIOCore
package import Vocabulary

/// How calls wait when every server of a deployment is known to be busy.
package struct CapacityLimits: Sendable {
    /// How long; 0 sends every call on, to wait where it likes.
    package var time: TimeAmount
    /// How many calls of one deployment may wait.
    package var calls: Int
    /// The size of what waits with them, in bytes.
    package var bytes: Int
    /// Deployments whose calls are sent on, however busy their servers are.
    package var ignored: [DeploymentPattern]

    package init(
        time: TimeAmount = .minutes(10),
        calls: Int = 256,
        bytes: Int = 256 << 20,
        ignored: [DeploymentPattern] = []
    ) {
        self.time = time
        self.calls = calls
        self.bytes = bytes
        self.ignored = ignored
    }

    func holdsBack(_ name: DeploymentName) -> Bool {
        self.time > .zero && self.calls > 0 && !self.ignored.contains { $0.matches(name) }
    }
}

/// How one of several connectors is chosen.
package struct PlacementPolicy: Sendable {
    /// Deployments whose conversations go back to where they were also when others are less busy.
    package var affinity: [DeploymentPattern]

    package init(affinity: [DeploymentPattern] = []) {
        self.affinity = affinity
    }

    func prefersAffinity(_ name: DeploymentName) -> Bool { self.affinity.contains { $0.matches(name) } }
}

/// How busy the server behind an offer is with what is not the relay's own calls for the deployment, as its connector last
/// said.
package struct OfferLoad: Hashable, Sendable {
    /// Calls of others that it works on or that wait there.
    package var others = 0
    /// Of all calls there, how many wait.
    package var queued = 0
    /// Whether the server has to load the model before it can answer.
    package var isCold = false
}

/// What a call asks of a place.
struct PlaceQuery {
    var near: (any EventLoop)?
    /// Numbers of tunnels that have refused the call.
    var tried: [Int] = []
    var beginning = Beginning.read(nil)
    /// Whether it is no work for a server, so that none is too busy for it.
    var isLight = false
    var now: NIODeadline

    /// What the call's conversation begins with, as a number.
    enum Beginning {
        /// It is to be found out when it matters.
        case unread
        case read(UInt64?)
    }

    var prefix: UInt64? { if case .read(let prefix) = self.beginning { prefix } else { nil } }
}

/// One connector that serves a deployment, as a call sees it.
struct Candidate {
    let session: String
    /// Its best tunnel, and what that offers; `nil` while all that were looked at take no new calls.
    var best: (spot: Registry.Spot, load: Int)?
    /// Calls of the deployment on all its tunnels, and calls of all deployments.
    var own = 0
    var all = 0
    /// Whether it has refused the call.
    var wasTried = false
    var load = OfferLoad()

    /// Calls that it has as far as anybody knows; loading a model is as good as one.
    var busy: Int { max(self.all, self.own + self.load.others) + (self.load.isCold ? 1 : 0) }

    /// Whether all its slots are known to be taken. A server that does not say how many it has is full when calls wait there.
    var isFull: Bool {
        if let slots = self.slots { return self.own + self.load.others >= slots }
        return self.load.queued > 0 && self.own > 0
    }

    /// How many calls it works on at once, when it says so.
    var slots: Int? { self.best?.spot.post.offer.slots.flatMap { $0 > 0 ? $0 : nil } }

    /// How well it fits a conversation: the highest of several is always the same one (rendezvous hashing; Thaler and
    /// Ravishankar 1998), and stays it when others come and go.
    func affinity(to prefix: UInt64) -> UInt64 {
        var hash = prefix ^ 0xCBF2_9CE4_8422_2325
        for byte in self.session.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}

extension [Candidate] {
    /// The one that gets the call; `nil` of an empty list.
    /// - Parameter prefersAffinity: whether a conversation goes where it was unless that one is twice as busy.
    func best(for query: PlaceQuery, prefersAffinity: Bool) -> Candidate? {
        guard self.count > 1 else { return self.first }
        // How many calls they take counts when it is known of all.
        let countsSlots = self.allSatisfy { $0.slots != nil }
        let weight = { (one: Candidate) in one.best?.spot.post.offer.weight ?? (countsSlots ? one.slots ?? 1 : 1) }
        let isLess = { (one: Candidate, other: Candidate) in
            (one.busy + 1) * weight(other) < (other.busy + 1) * weight(one)
        }
        let affine = query.prefix.flatMap { prefix in
            let fits = self.map { $0.affinity(to: prefix) }
            return fits.indices.max { fits[$0] < fits[$1] }.map { self[$0] }
        }
        let least = self.reduce(nil) { (best: Candidate?, one) in best.map { isLess(one, $0) ? one : $0 } ?? one }
        guard let least else { return nil }
        if let affine, !isLess(least, affine) { return affine }
        if let affine, prefersAffinity,
            (affine.busy + 1) * weight(least) <= (least.busy + 1) * weight(affine) * 2 + weight(least)
        {
            return affine
        }
        if affine != nil { return least }
        return self.first { $0.best?.spot.member.entry.eventLoop === query.near && !isLess(least, $0) } ?? least
    }
}
