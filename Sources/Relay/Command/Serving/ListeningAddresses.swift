private import Synchronization

/// The URLs that the relay answers on, once it does.
final class ListeningAddresses: Sendable {
    private let storage = Mutex<[String]>([])

    var urls: [String] { self.storage.withLock { $0 } }

    func set(_ urls: [String]) {
        self.storage.withLock { $0 = urls }
    }
}
