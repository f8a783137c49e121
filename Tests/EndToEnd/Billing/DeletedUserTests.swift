import TestSupport
import Testing

extension EndToEnd {
    /// What a user has goes with nobody: it is taken back first, and nothing is given to who is gone.
    @Suite struct DeletedUserTests {
        @Test func nobodysBalanceIsLeftBehind() async throws {
            try await Stand.billed { stand in
                let relay = stand.relay
                try await relay.administer("user", "create", "tmp")
                try await relay.administer("balance", "top-up", "tmp", "3")
                let key = try await relay.administer("key", "create", "--user", "tmp")
                let caller = try relay.caller(key: key["secret"].string)
                async let coming = caller.post("/v1/chat/completions", Stand.chat())
                try await stand.upstream.nextCall().answer(UpstreamCall.chat("hi"))
                let call = try #require(try await coming.head["x-request-id"])
                try await relay.administer("key", "delete", key["id"].string ?? "")

                let refused = try await relay.administration(["user", "delete", "tmp"])
                #expect(refused.status == 1)
                #expect(
                    refused.complaint.contains("«tmp» has a balance of 2.999981: adjust it to 0 first"),
                    "\(refused.complaint)"
                )
                #expect(try await relay.administer("balance", "show", "tmp")["available"].string == "2.999981")
                let rest = try await relay.administration(["balance", "adjust", "tmp", "--", "-2.999981"])
                #expect(rest.status == 0, "\(rest.complaint)")
                try await relay.administer("user", "delete", "tmp")

                let refund = try await relay.administration(["balance", "refund", call])
                #expect(refund.status == 1)
                #expect(refund.complaint.contains("is deleted"), "\(refund.complaint)")
                #expect(try relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'refund'") == [0])
            }
        }
    }
}
