import NIOCore
import Testing

@testable import TunnelProtocol

/// Both ends at random. A failure prints its seed; `ADIT_SEED=… swift test` brings it back.
@Suite("QMux: simulation")
struct QMuxSimulationTests {
    /// What one end read of a direction against what the other end wrote.
    private func compare(_ writer: SimulatedEnd, _ reader: SimulatedEnd, _ seed: Seed) {
        #expect(Set(writer.writing.keys) == Set(reader.reading.keys), "\(seed)")
        for (id, written) in writer.writing {
            guard let read = reader.reading[id] else { continue }
            let place: Comment = "\(seed), stream \(id) from \(writer.role): \(written), \(read)"
            #expect(written.isFinished || written.isAbandoned, place)
            if read.isFinished {
                #expect(written.isFinished && read.received == written.sent, place)
            } else if read.isReset {
                #expect(written.isAbandoned, place)
            } else {
                #expect(read.isStopped, place)
            }
            #expect(written.isAbandoned || !written.waitsForRoom, place)
        }
    }

    @Test("every stream arrives in order and whole, or ends by a reset", arguments: 0..<12)
    func streams(_: Int) {
        let seed = Seed.next()
        var simulation = Simulation(seed)
        for step in 0..<600 {
            simulation.step()
            guard simulation.complaints.isEmpty else {
                Issue.record("\(seed), step \(step): \(simulation.complaints)")
                return
            }
        }
        simulation.fill()
        simulation.finish()
        #expect(simulation.complaints.isEmpty, "\(seed)")
        for user in [simulation.connector, simulation.relay] {
            #expect(!user.end.hasEnded, "\(seed)")
            #expect(user.end.openStreams == 0, "\(seed)")
            #expect(user.open.isEmpty, "\(seed)")
            #expect(user.closed == Set(user.writing.keys), "\(seed)")
        }
        self.compare(simulation.connector, simulation.relay, seed)
        self.compare(simulation.relay, simulation.connector, seed)
    }

    @Test("nothing happens after the end", arguments: 0..<6)
    func ends(_: Int) {
        let seed = Seed.next()
        var simulation = Simulation(seed)
        for _ in 0..<200 { simulation.step() }
        let error = QMux.ConnectionError(isApplication: true, code: 6, reason: "over")
        simulation.relay.end.close(error)
        for _ in 0..<200 { simulation.step() }
        simulation.settle()
        simulation.settle()
        #expect(simulation.complaints.isEmpty, "\(seed)")
        #expect(simulation.connector.hasEnded, "\(seed)")
        #expect(!simulation.relay.hasEnded, "who ends it is not told: \(seed)")
        for user in [simulation.connector, simulation.relay] {
            #expect(user.end.hasEnded && !user.end.hasOutput, "\(seed)")
        }
    }

    /// A peer that sends rubbish cannot break the machine: it goes on or ends, once.
    @Test("rubbish ends a connection and nothing else", arguments: 0..<12)
    func rubbish(_: Int) {
        let seed = Seed.next()
        var simulation = Simulation(seed)
        for _ in 0..<100 { simulation.step() }
        simulation.garbles = 500
        for _ in 0..<400 { simulation.step() }
        simulation.settle()
        simulation.settle()
        let afterTheEnd = simulation.complaints.filter { $0.contains("after the end") }
        #expect(afterTheEnd.isEmpty, "\(seed)")
        for user in [simulation.connector, simulation.relay] {
            #expect(user.hasEnded == user.end.hasEnded, "\(seed)")
        }
    }
}
