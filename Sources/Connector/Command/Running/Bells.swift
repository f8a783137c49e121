private import Synchronization
internal import Upstream

/// The way from a call that found no model server to the monitor that looks after it.
final class Bells: Sendable {
    private let monitors = Mutex<[UpstreamMonitor]>([])

    func connect(_ monitors: [UpstreamMonitor]) {
        self.monitors.withLock { $0 = monitors }
    }

    func ring(_ upstream: Int) {
        let monitors = self.monitors.withLock { $0 }
        if monitors.indices.contains(upstream) { monitors[upstream].probeNow() }
    }

    func ringAll() {
        for monitor in self.monitors.withLock({ $0 }) { monitor.probeNow() }
    }
}
