import Testing

@testable import Uplink

/// What a connector that leaves must not miss.
struct UplinkLeavingTests {
    /// A call that comes back in the moment in which it is looked for runs in no tunnel at first, and waits for none afterwards.
    @Test func aCallOnItsWayFromOneTunnelToAnother() async throws {
        try await UplinkUnderTest.run { uplink in
            let relay = try await uplink.relay()
            try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
            uplink.tenant.sight.update { $0.keptCalls = 1 }
            uplink.stop()
            try await uplink.tenant.sight.waits(for: "two looks") { $0.looks >= 2 }
            #expect(relay.sight.value.closure == nil)
            uplink.tenant.sight.update { $0.keptCalls = 0 }
            let end = try await relay.sight.waits(for: "the end") { $0.closure != nil }
            #expect(end.closure == "the connector is stopping")
        }
    }
}
