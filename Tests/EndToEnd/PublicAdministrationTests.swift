import TestSupport
import Testing

extension EndToEnd {
    /// The administration API over the port that calls come in by, with real programs.
    @Suite
    struct PublicAdministrationTests {
        private static let base = "/admin/api/v1"

        @Test func itIsNotThereUnlessItIsWanted() async throws {
            let relay = try await RelayUnderTest.start()
            let token = try await relay.administer("admin-token", "create", "--scope", "write")["secret"].string
            let answer = try await relay.caller(key: token).get(Self.base + "/status")
            #expect(answer.status == 404)
            #expect(try await relay.caller(key: nil).get(Self.base + "/openapi.json").status == 404)
            await relay.stop()
        }

        @Test func itIsNotThereForOtherNetworks() async throws {
            let relay = try await RelayUnderTest.start([
                "--administration-api", "--administration-networks", "192.0.2.0/24",
            ])
            #expect(try await relay.caller(key: nil).get(Self.base + "/openapi.json").status == 404)
            await relay.stop()
        }

        @Test func aTokenAdministersARunningRelay() async throws {
            let relay = try await RelayUnderTest.start(["--administration-api"])
            let made = try await relay.administer("admin-token", "create", "--scope", "write", "--expires", "1d")
            let admin = try relay.caller(key: made["secret"].string)
            #expect(try await relay.caller(key: nil).get(Self.base + "/keys").status == 401)
            let key = try await admin.post(Self.base + "/keys", #"{"label":"over https"}"#)
            #expect(key.status == 201, "\(key.text)")
            // What one door does the other shows, and calls see at once.
            let caller = try relay.caller(key: key.json["secret"].string)
            #expect(try await caller.get("/v1/models").status == 200)
            let id = try #require(key.json["id"].string)
            #expect(try await relay.administer("key", "show", id)["label"].string == "over https")
            #expect(try await admin.ask("DELETE", Self.base + "/keys/\(id)").status == 204)
            #expect(try await caller.get("/v1/models").status == 401)
            // A caller's key is no way in, and a page of somebody else's is not let in either.
            #expect(try await caller.get(Self.base + "/keys").status == 401)
            let page = try await admin.get(Self.base + "/status", headers: [("origin", "https://evil.example")])
            #expect(page.head["access-control-allow-origin"] == nil)
            let preflight = try await admin.ask("OPTIONS", Self.base + "/keys")
            #expect(preflight.status == 405)
            let large = String(repeating: "x", count: 100_000)
            let refused = try await admin.post(Self.base + "/keys", #"{"label":"\#(large)"}"#)
            #expect(refused.status == 413)
            #expect(refused.json["title"].string == "Content Too Large")
            // The connection goes on: nothing of the one before is left.
            #expect(try await admin.get(Self.base + "/status").json["open_calls"].int == 0)
            let log = try await relay.administer("audit")
            #expect(log.array?.map { $0["action"].string } == ["deleteKey", "createKey", "createAdminToken"])
            #expect(log[0]["address"].string == "127.0.0.1")
            #expect(log[2]["means"].string == "socket")
            await relay.stop()
        }

        @Test func aMemberSignsInAndMakesAKey() async throws {
            let relay = try await RelayUnderTest.start(["--administration-api"])
            try await relay.administer("user", "create", "ada", "--email", "ada@example.com", "--key-group", "default")
            try await Self.setPassword(of: "ada", to: "correct horse battery", relay)
            let browser = try relay.caller(key: nil)
            let wrong = try await browser.post(Self.base + "/session", #"{"email":"ada@example.com","password":"no"}"#)
            #expect(wrong.status == 401)
            let body = #"{"email":"Ada@Example.com","password":"correct horse battery"}"#
            let signedIn = try await browser.post(Self.base + "/session", body)
            #expect(signedIn.status == 201, "\(signedIn.text)")
            let cookie = try #require(signedIn.head["set-cookie"]?.split(separator: ";").first)
            let headers = [("cookie", String(cookie)), ("adit-csrf", signedIn.json["csrf_token"].string ?? "")]
            let made = try await browser.ask("POST", Self.base + "/me/keys", headers: headers, body: "{}")
            #expect(made.status == 201, "\(made.text)")
            let caller = try relay.caller(key: made.json["secret"].string)
            #expect(try await caller.get("/v1/models").status == 200)
            #expect(try await browser.get(Self.base + "/users", headers: headers).status == 403)
            // A restart keeps the password and signs out.
            await relay.stop()
            try await relay.startAgain()
            #expect(try await browser.get(Self.base + "/me", headers: headers).status == 401)
            #expect(try await browser.post(Self.base + "/session", body).status == 201)
            for file in try relay.directory.contents() {
                let text = String(decoding: file.bytes, as: UTF8.self)
                #expect(!text.contains("correct horse"), "\(file.path) holds the password")
            }
            await relay.stop()
        }

        @Test func itSpeaksHTTP2() async throws {
            let relay = try await RelayUnderTest.start(["--administration-api"])
            let made = try await relay.administer("admin-token", "create")
            let caller = try await HTTP2Caller.connect(
                port: relay.port,
                authorityFile: relay.authority,
                key: made["secret"].string
            )
            let answer = try await caller.start("GET", Self.base + "/keys").whole()
            #expect(answer.status == 200)
            #expect(try await caller.start("POST", Self.base + "/keys", body: "{}").whole().status == 403)
            await relay.stop()
        }

        /// As a person does it: the password is on standard input.
        private static func setPassword(of user: String, to password: String, _ relay: RelayUnderTest) async throws {
            let place = try TemporaryDirectory()
            try place.write(password + "\n", to: "password")
            let script = #""$0" user set-password "$1" --data "$2" < "$3""#
            let words = ["-c", script, try Program.path(of: "adit-relay"), user, relay.data, place.file("password")]
            let outcome = try await Program.run("/bin/sh", words)
            #expect(outcome.status == 0, "\(outcome.complaint)")
            #expect(outcome.output.contains("new password"))
        }
    }
}
