private import Synchronization

/// Does something once, when as many parts as it was told of have said that they are ready.
final class Readiness: Sendable {
    private let left: Mutex<Int>
    private let action: @Sendable () -> Void

    init(of parts: Int, _ action: @escaping @Sendable () -> Void) {
        self.left = Mutex(parts)
        self.action = action
    }

    func arrive() {
        let isLast = self.left.withLock { left in
            left -= 1
            return left == 0
        }
        if isLast { self.action() }
    }
}
