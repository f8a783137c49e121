import Testing

@testable import Accounts
@testable import Administration

@Suite("Who may do what over the public port")
struct AccessTests {
    @Test("nobody in particular may do nothing")
    func strangers() async throws {
        let desk = try await DeskFixture()
        for operation in desk.service.operations where operation.access != .everyone {
            let path = "/" + operation.path.replacing(/\{\w+\}/, with: "x")
            let answer = await desk.ask(operation.verb, path, "{}")
            #expect(answer.status == 401, "\(operation.id)")
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["www-authenticate"] == "Bearer")
            #expect(answer.headers["cache-control"] == "no-store")
        }
        #expect(desk.trail.all.isEmpty)
        #expect(await desk.ask("GET", "/openapi.json").status == 200)
    }

    @Test("a token, by its scope")
    func scopes() async throws {
        let desk = try await DeskFixture()
        let (reader, writer) = (try await desk.token(.read), try await desk.token(.write))
        #expect(await desk.ask("GET", "/keys", token: reader).status == 200)
        #expect(await desk.ask("POST", "/keys", "{}", token: reader).status == 403)
        #expect(await desk.ask("POST", "/keys", "{}", token: writer).status == 201)
        #expect(await desk.ask("GET", "/keys", token: writer + "x").status == 401)
        #expect(await desk.ask("GET", "/keys", headers: [("authorization", writer)]).status == 401)
        #expect(await desk.ask("GET", "/keys", headers: [("authorization", "Basic " + writer)]).status == 401)
    }

    @Test("a token ends: by its time, when it is revoked, with its user")
    func ends() async throws {
        let desk = try await DeskFixture()
        let short = try await desk.token(.read, expires: desk.directory.now() + 60)
        #expect(await desk.ask("GET", "/status", token: short).status == 200)
        desk.wait(seconds: 60)
        #expect(await desk.ask("GET", "/status", token: short).status == 401)
        let writer = try await desk.token(.write)
        let made = await desk.ask("POST", "/admin-tokens", #"{"scope":"read","label":"x"}"#, token: writer)
        let other = try #require(made.json["secret"] as? String)
        #expect(await desk.ask("GET", "/status", token: other).status == 200)
        let id = try #require(made.json["id"] as? String)
        #expect(await desk.ask("DELETE", "/admin-tokens/\(id)", token: writer).status == 204)
        #expect(await desk.ask("GET", "/status", token: other).status == 401)
        #expect(await !desk.ask("GET", "/admin-tokens", token: writer).text.contains("at-adit-"))
        try await desk.makeMember()
        _ = try await desk.directory.changeUser("ada") { $0.role = .administrator }
        let hers = try await desk.token(.read, user: "ada")
        #expect(await desk.ask("GET", "/status", token: hers).status == 200)
        _ = try await desk.directory.changeUser("ada") { $0.isDisabled = true }
        #expect(await desk.ask("GET", "/status", token: hers).status == 401)
    }

    @Test("wrong tokens from one address have to wait, and good ones do not")
    func wrongTokens() async throws {
        let desk = try await DeskFixture()
        let good = try await desk.token(.read)
        var statuses: [Int] = []
        for _ in 0..<25 { statuses.append(await desk.ask("GET", "/keys", token: "at-adit-wrong").status) }
        #expect(statuses.first == 401)
        #expect(statuses.last == 429)
        #expect(await desk.ask("GET", "/keys", token: "at-adit-wrong").headers["retry-after"] != nil)
        #expect(await desk.ask("GET", "/keys", token: good).status == 200)
        #expect(await desk.ask("GET", "/keys", token: "at-adit-wrong", from: "192.0.2.2").status == 401)
    }

    @Test("a member has what is their own, and nothing else")
    func members() async throws {
        let desk = try await DeskFixture()
        try await desk.makeMember()
        let token = try await desk.token(.write, user: "ada")
        for operation in desk.service.operations where operation.access == .administrator {
            let path = "/" + operation.path.replacing(/\{\w+\}/, with: "x")
            #expect(
                await desk.ask(operation.verb, path, "{}", token: token).status == 403,
                "\(operation.id)"
            )
        }
        #expect(await desk.ask("GET", "/me", token: token).json["name"] as? String == "ada")
        let others = try await desk.directory.createKey(label: "", expires: nil, allowedModels: []).0.id
        for (method, path) in [
            ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"),
        ] {
            #expect(await desk.ask(method, "/me/keys/\(others)\(path)", "{}", token: token).status == 404)
        }
        #expect(try desk.directory.key(others).isDisabled == false)
    }

    @Test("one's own keys: made within the group and its limits, disabled, replaced, deleted")
    func ownKeys() async throws {
        let desk = try await DeskFixture()
        try await desk.makeMember()
        let token = try await desk.token(.write, user: "ada")
        _ = try await desk.directory.changeGroup("default") { $0.keyLimits.requestsPerMinute = 60 }
        let large = #"{"limits":{"requests_per_minute":61}}"#
        #expect(await desk.ask("POST", "/me/keys", large, token: token).status == 403)
        #expect(await desk.ask("POST", "/me/keys", #"{"user":"default"}"#, token: token).status == 400)
        let small = #"{"label":"mine","limits":{"requests_per_minute":6}}"#
        let made = await desk.ask("POST", "/me/keys", small, token: token)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.json["user"] as? String == "ada")
        let id = try #require(made.json["id"] as? String)
        #expect(await desk.ask("POST", "/me/keys", "{}", token: token).status == 201)
        #expect(await desk.ask("POST", "/me/keys", "{}", token: token).status == 409, "more than two")
        #expect(await desk.ask("GET", "/me/keys", token: token).list.count == 2)
        let rotated = await desk.ask("POST", "/me/keys/\(id)/rotate", token: token)
        #expect((rotated.json["secret"] as? String)?.hasPrefix("sk-adit-") == true)
        let disabled = await desk.ask("PATCH", "/me/keys/\(id)", #"{"disabled":true}"#, token: token)
        #expect(disabled.json["disabled"] as? Bool == true)
        #expect(await desk.ask("PATCH", "/me/keys/\(id)", #"{"disabled":false}"#, token: token).status == 403)
        #expect(await desk.ask("DELETE", "/me/keys/\(id)", token: token).status == 204)
        _ = try await desk.directory.changeUser("ada") { $0.selfService.group = nil }
        #expect(await desk.ask("POST", "/me/keys", "{}", token: token).status == 403)
    }

    @Test("one's own key may use what was said, and no more")
    func ownQuota() async throws {
        let desk = try await DeskFixture()
        try await desk.makeMember()
        let token = try await desk.token(.write, user: "ada")
        let made = await desk.ask("POST", "/me/keys", #"{"quota":{"day":10}}"#, token: token)
        #expect(made.status == 201, "\(made.text)")
        let quota = made.json["quota"] as? [String: Any]
        #expect(quota?["day"] as? Int == 10)
        #expect(quota?["unit"] as? String == "tokens")
        #expect(desk.directory.keys().first?.quota != Quota.none)
        let wrong = await desk.ask("POST", "/me/keys", #"{"quota":{"unit":"nonsense"}}"#, token: token)
        #expect(wrong.status == 400)
    }

    @Test("what is too large, what is nowhere, and what is no method")
    func oddities() async throws {
        let desk = try await DeskFixture()
        let token = try await desk.token(.write)
        let large = String(repeating: " ", count: AdministrationAPI.bodyLimit + 1)
        let tooLarge = await desk.ask("POST", "/keys", large, token: token)
        #expect(tooLarge.status == 413)
        #expect(tooLarge.headers["content-type"] == "application/problem+json")
        #expect(await desk.ask("GET", "/none", token: token).status == 404)
        let wrong = await desk.ask("PUT", "/keys/x", token: token)
        #expect(wrong.status == 405)
        #expect(wrong.headers["allow"] == "DELETE, GET, PATCH")
        #expect(await desk.ask("GET", "/keys?limt=5", token: token).status == 400)
        #expect(await desk.ask("GET", "/keys?limit=0", token: token).status == 400)
        #expect(await desk.ask("OPTIONS", "/keys", token: token).status == 405)
        // A misspelt member within another one is no less misspelt.
        _ = await desk.ask("POST", "/deployments", #"{"name":"m"}"#, token: token)
        let price = await desk.ask("PATCH", "/deployments/m", #"{"price":{"inputs":"1"}}"#, token: token)
        #expect(price.status == 400, "\(price.text)")
        // Null could mean «take it away», which would then not have happened.
        for body in [#"{"label":null}"#, #"{"limits":{"requests_per_day":null}}"#] {
            #expect(await desk.ask("POST", "/keys", body, token: token).status == 400)
        }
    }

    @Test("a list comes in pages")
    func pages() async throws {
        let desk = try await DeskFixture()
        let token = try await desk.token(.read)
        for index in 0..<7 {
            _ = try await desk.directory.createUser(name: "user-\(index) & co")
            _ = try await desk.directory.createKey(label: "\(index)", expires: nil, allowedModels: [])
        }
        let writer = try await desk.token(.write)
        for index in 0..<7 {
            let body = #"{"kind":"top-up","amount":"1","note":"\#(index)"}"#
            _ = await desk.ask("POST", "/users/default/movements", body, token: writer)
        }
        for (path, count) in [("/users", 8), ("/keys", 7), ("/users/default/movements", 7)] {
            var seen: [String] = []
            var next: String? = "\(path)?limit=3"
            while let path = next {
                let answer = await desk.ask("GET", path, token: token)
                #expect(answer.status == 200)
                #expect(answer.list.count <= 3)
                seen += answer.list.compactMap { ($0["id"] ?? $0["note"]) as? String }
                next = answer.headers["link"].flatMap { link in
                    link.firstMatch(of: /<\/admin\/api\/v1(.*)>; rel="next"/).map { String($0.1) }
                }
            }
            #expect(seen.count == count)
            #expect(Set(seen).count == count)
        }
    }
}
