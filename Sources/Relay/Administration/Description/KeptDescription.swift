internal import NIOCore
private import Synchronization

/// The description of the API, written once: everybody may ask for it, and nobody shall make the relay work with that.
final class KeptDescription: Sendable {
    private let kept = Mutex<ByteBuffer?>(nil)

    func bytes(_ make: () throws -> ByteBuffer) rethrows -> ByteBuffer {
        if let known = self.kept.withLock({ $0 }) { return known }
        let made = try make()
        self.kept.withLock { $0 = made }
        return made
    }
}
