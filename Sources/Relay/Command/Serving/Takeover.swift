private import Accounts
internal import Ingress
internal import Logging
private import Routing
private import Terminal
private import Vocabulary

/// How this relay takes another one's place, and gives its own away.
struct Takeover {
    /// The sockets that it listens on, those of the other relay among them.
    let sockets: ListeningSockets
    let listening = ListeningAddresses()
    let handover: HandoverService
    /// Both ways in, callers' and the administration's, are to arrive here; then the place is taken.
    let readiness: Readiness

    /// For how long calls on connections that callers have kept are still served after another relay has taken the place: who keeps a
    /// connection and uses it learns meanwhile that it ends.
    private static let grace = Duration.seconds(3)

    /// - Parameter departure: is told when another relay has taken this one's place and nobody is served here any more.
    init(
        _ ground: Groundwork,
        recorder: ResponseRecorder?,
        departure: AsyncStream<Void>.Continuation,
        logger: Logger
    ) {
        let (registry, books, predecessor) = (ground.registry, ground.books, ground.predecessor)
        let listening = self.listening
        self.sockets = ListeningSockets(inherited: predecessor?.sockets ?? [])
        let handover = HandoverService(
            data: ground.data,
            sockets: self.sockets,
            lock: books.storage.lock,
            gate: books.directory.gate,
            predecessor: predecessor,
            logger: logger,
            facts: { (registry.served().map(\.rawValue), books.mustNotBeShared) },
            leave: {
                recorder?.leave()
                registry.sendAway()
                try? await Task.sleep(for: Self.grace)
                departure.yield()
            },
            onServing: {
                // Whoever reads the line may administer and call at once. Who does not read it is no reason to end.
                try? Output.write(listening.urls.map { "adit-relay ready on \($0)\n" }.joined(), endsUnread: false)
            }
        )
        self.handover = handover
        self.readiness = Readiness(of: 2) {
            // Once more: for how long calls wait for its connectors counts from here.
            predecessor.map { registry.expect($0.served) }
            handover.ready()
        }
    }
}
