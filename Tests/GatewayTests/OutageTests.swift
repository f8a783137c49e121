import Routing
import Testing
import Vocabulary

@testable import Gateway

@Suite("What a caller is told of a deployment that is offline")
struct OutageTests {
    @Test(
        "what to do depends on who is missing",
        arguments: [
            (Outage.noConnector, "no connector for it is online. Start its connector"),
            (.unhealthy(reason: "it restarts"), "it restarts. Its connector runs: look after the model server"),
            (.unhealthy(reason: nil), "its upstream is not healthy. Its connector runs"),
            (.unreachable, "its model server cannot be reached. Its connector runs"),
            (.leaving, "its connector is stopping. Try again when its connector is back."),
        ]
    )
    func advice(outage: Outage, words: String) throws {
        let error = GatewayError.offline(try #require(DeploymentName("home")), outage)
        #expect(error.message.hasPrefix("The deployment home is offline: \(words)"), "\(error.message)")
        #expect(error.code == .connectorOffline && error.retryAfter == 5)
    }
}
