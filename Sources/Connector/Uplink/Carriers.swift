import Synchronization

/// What all tunnels of a connector know of the carriers, from any thread.
package final class Carriers: Sendable {
    private let memory: Mutex<CarrierMemory>
    private let learned: @Sendable (Carrier) -> Void

    /// - Parameters:
    ///   - memory: what is known from an earlier time.
    ///   - learned: told each time when another carrier than before has worked.
    package init(_ memory: CarrierMemory, learned: @escaping @Sendable (Carrier) -> Void = { _ in }) {
        self.memory = Mutex(memory)
        self.learned = learned
    }

    var order: [Carrier] { self.memory.withLock { $0.order } }

    func worked(_ carrier: Carrier) {
        if self.memory.withLock({ $0.worked(carrier) }) { self.learned(carrier) }
    }

    func broke(_ carrier: Carrier) {
        self.memory.withLock { $0.broke(carrier) }
    }
}
