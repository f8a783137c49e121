import Synchronization

/// A number that several tasks count up.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { self.number.load(ordering: .relaxed) }

    func add() { self.number.add(1, ordering: .relaxed) }
}
