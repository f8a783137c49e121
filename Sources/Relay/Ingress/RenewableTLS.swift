package import NIOSSL
import Synchronization

/// What an address proves itself with, which may be renewed while it listens: new connections get the new certificate, old
/// ones keep theirs.
package final class RenewableTLS: Sendable {
    private let context: Mutex<NIOSSLContext>

    package init(_ context: NIOSSLContext) {
        self.context = Mutex(context)
    }

    /// What the next connection gets.
    var current: NIOSSLContext { self.context.withLock { $0 } }

    package func renew(_ context: NIOSSLContext) {
        self.context.withLock { $0 = context }
    }
}
