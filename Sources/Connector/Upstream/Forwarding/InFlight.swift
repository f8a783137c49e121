import Synchronization

/// How many calls are under way for something; counted on every event loop, read from anywhere.
///
/// An atomic and not a number per loop: two additions a call are all it costs, and the sum is there without asking each
/// loop in turn.
final class InFlight: Sendable {
    private let number = Atomic<Int>(0)

    var count: Int { self.number.load(ordering: .relaxed) }

    func begin() { self.number.add(1, ordering: .relaxed) }

    func end() { self.number.subtract(1, ordering: .relaxed) }
}
