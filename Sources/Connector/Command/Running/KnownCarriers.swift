private import Foundation
internal import Logging
internal import Uplink

/// Remembers on disk which carrier goes through to a relay, so that a restart does not have to find it out again.
///
/// `carriers.json` in the state directory: `{"https://relay.example.com":{"carrier":"websocket","learned":1760000000}}`. What is older than
/// a day counts no more, for a machine may have moved to another network. A file that cannot be read or written is none.
struct KnownCarriers: Sendable {
    private struct Entry: Codable {
        var carrier: String
        /// In seconds since 1970.
        var learned: Int
    }

    /// In seconds.
    static let age = 86_400

    private let directory: StateDirectory
    private let now: @Sendable () -> Int

    init(directory: StateDirectory, now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }) {
        self.directory = directory
        self.now = now
    }

    /// What is known of a relay's carriers, for its tunnels.
    func carriers(_ configuration: ConnectorConfiguration, logger: Logger) -> Carriers {
        let relay = "\(configuration.relay)"
        return Carriers(CarrierMemory(configuration.carrier, proven: self.proven(for: relay))) { carrier in
            self.note(carrier, for: relay)
            guard carrier == .websocket, configuration.carrier == .auto else { return }
            logger.notice("tunnels travel in WebSockets: something on the way to the relay does not pass the upgrade")
        }
    }

    /// The carrier that has gone through to a relay lately.
    func proven(for relay: String) -> Carrier? {
        guard let entry = self.read()[relay], (0...Self.age).contains(self.now() - entry.learned) else { return nil }
        return Carrier(rawValue: entry.carrier)
    }

    /// Writes down what goes through; the connection as it is needs no note, as it is tried first anyway.
    func note(_ carrier: Carrier, for relay: String) {
        var entries = self.read()
        guard carrier == .websocket || entries[relay] != nil else { return }
        entries[relay] = carrier == .websocket ? Entry(carrier: carrier.rawValue, learned: self.now()) : nil
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(entries) else { return }
        try? self.directory.write(data, to: Self.name)
    }

    private static let name = "carriers.json"

    private func read() -> [String: Entry] {
        guard let data = self.directory.read(Self.name) else { return [:] }
        return (try? JSONDecoder().decode([String: Entry].self, from: data)) ?? [:]
    }
}
