private import Foundation
import Testing

@testable import Administration

@Suite("The administration API, over its socket")
struct AdministrationServiceTests {
    @Test("a deployment, from creation to deletion")
    func deployments() async throws {
        try await withService { socket async throws in
            let made = try await ask(socket, "POST", "/deployments", #"{"name":"org/m:1","description":"Big"}"#)
            #expect(made.status == 201)
            #expect(try json(made)["name"] as? String == "org/m:1")
            #expect(try json(made)["enabled"] as? Bool == true)
            #expect(made.fields["content-type"] == "application/json")
            #expect(made.fields["cache-control"] == "no-store")

            let twice = try await ask(socket, "POST", "/deployments", #"{"name":"org/m:1"}"#)
            #expect(twice.status == 409)

            let shown = try await ask(socket, "GET", "/deployments/org%2Fm%3A1")
            #expect(shown.status == 200)
            #expect(try json(shown)["description"] as? String == "Big")
            // What the status source says of it is in the same document.
            #expect(try json(shown)["reason"] as? String == "no connector for it is online")
            #expect(try json(shown)["online"] as? Bool == false)

            let disabled = try await ask(socket, "PATCH", "/deployments/org%2Fm%3A1", #"{"enabled":false}"#)
            #expect(try json(disabled)["enabled"] as? Bool == false)
            #expect(try await list(socket, "/deployments").map { $0["enabled"] as? Bool } == [false])

            #expect(try await ask(socket, "DELETE", "/deployments/org%2Fm%3A1").status == 204)
            #expect(try await list(socket, "/deployments").isEmpty)
            let gone = try await ask(socket, "GET", "/deployments/org%2Fm%3A1")
            #expect(gone.status == 404)
        }
    }

    @Test("a key, from creation to deletion; its secret is in two answers only")
    func keys() async throws {
        try await withService { socket async throws in
            let made = try await ask(
                socket,
                "POST",
                "/keys",
                #"{"label":"lab","expires_at":"2100-01-31T12:00:00Z","models":["a","home-*"]}"#
            )
            #expect(made.status == 201)
            let id = try #require(json(made)["id"] as? String)
            let secret = try #require(json(made)["secret"] as? String)
            #expect(secret.hasPrefix("sk-adit-"))
            #expect(secret.count == "sk-adit-".count + 43)
            #expect(try json(made)["expires_at"] as? String == "2100-01-31T12:00:00Z")
            #expect(try json(made)["models"] as? [String] == ["a", "home-*"])

            let shown = try await ask(socket, "GET", "/keys/\(id)")
            #expect(try json(shown)["label"] as? String == "lab")
            #expect(!shown.body.contains("secret"))

            let disabled = try await ask(socket, "PATCH", "/keys/\(id)", #"{"disabled":true}"#)
            #expect(try json(disabled)["disabled"] as? Bool == true)
            #expect(!disabled.body.contains("secret"))

            let rotated = try await ask(socket, "POST", "/keys/\(id)/rotate")
            #expect(rotated.status == 200)
            #expect(try json(rotated)["id"] as? String == id)
            let other = try #require(json(rotated)["secret"] as? String)
            #expect(other.hasPrefix("sk-adit-"))
            #expect(other != secret)

            let all = try await ask(socket, "GET", "/keys")
            #expect(!all.body.contains("sk-adit-"))
            #expect(try await list(socket, "/keys").count == 1)

            #expect(try await ask(socket, "DELETE", "/keys/\(id)").status == 204)
            #expect(try await list(socket, "/keys").isEmpty)
            #expect(try await ask(socket, "GET", "/keys/\(id)").status == 404)
            #expect(try await ask(socket, "POST", "/keys/\(id)/rotate").status == 404)
        }
    }

    @Test("a key may be named by the beginning of its id")
    func beginning() async throws {
        try await withService { socket async throws in
            let id = try #require(json(await ask(socket, "POST", "/keys", "{}"))["id"] as? String)
            for request in [("GET", ""), ("PATCH", #"{"disabled":true}"#)] {
                let answer = try await ask(socket, request.0, "/keys/\(id.dropLast(3))", request.1)
                #expect(try json(answer)["id"] as? String == id)
            }
            #expect(try await ask(socket, "GET", "/keys/key_").status == 404)
        }
    }

    @Test("what the store cannot keep is not done, and is the relay's fault")
    func brokenDisk() async throws {
        try await withService { socket async throws in
            #expect(try await ask(socket, "POST", "/deployments", #"{"name":"broken-disk"}"#).status == 201)
            #expect(try await ask(socket, "PATCH", "/deployments/broken-disk", #"{"enabled":false}"#).status == 500)
            #expect(try await list(socket, "/deployments").map { $0["enabled"] as? Bool } == [true])
        }
    }

    @Test("a key without limits")
    func plainKey() async throws {
        try await withService { socket async throws in
            let made = try json(await ask(socket, "POST", "/keys", "{}"))
            #expect(made["models"] == nil)
            #expect(made["expires_at"] == nil)
            #expect(made["disabled"] as? Bool == false)
        }
    }

    @Test("a tunnel token, from creation to revocation")
    func tokens() async throws {
        try await withService { socket async throws in
            let made = try await ask(socket, "POST", "/tokens", #"{"label":"lab","scope":["home-*","m"]}"#)
            #expect(made.status == 201)
            let id = try #require(json(made)["id"] as? String)
            #expect(try (json(made)["secret"] as? String)?.hasPrefix("tt-adit-") == true)
            #expect(try await list(socket, "/tokens").map { $0["scope"] as? [String] } == [["home-*", "m"]])
            #expect(try await !ask(socket, "GET", "/tokens").body.contains("tt-adit-"))
            #expect(try await ask(socket, "DELETE", "/tokens/\(id)").status == 204)
            #expect(try await ask(socket, "DELETE", "/tokens/none").status == 404)
        }
    }

    @Test("the status")
    func status() async throws {
        try await withService { socket async throws in
            _ = try await ask(socket, "POST", "/deployments", #"{"name":"m"}"#)
            let answer = try await ask(socket, "GET", "/status")
            #expect(answer.status == 200)
            let report = try AdministrationJSON.decoder().decode(StatusReport.self, from: Data(answer.body.utf8))
            #expect(report.relay.id == "relay-1")
            #expect(report.deployments.map(\.name) == ["m"])
            #expect(answer.body.contains(#""round_trip_ms":1.5"#))
        }
    }

    @Test(
        "what is refused, and how it is said",
        arguments: [
            ("GET", "/none", "", 404, "There is no route GET /admin/api/v1/none."),
            ("DELETE", "/status", "", 405, "DELETE is not possible here; allowed: GET."),
            ("POST", "/keys", "", 400, "The body is not a JSON object."),
            ("POST", "/keys", "[]", 400, "The body is not a JSON object."),
            ("POST", "/keys", "{", 400, "The body is not a JSON object."),
            (
                "POST", "/keys", #"{"expire_at":"2100-01-01"}"#, 400,
                "There is no member expire_at; those that there are: label, expires_at, models, user, group,"
                    + " allowed_addresses, denied_addresses, limits, quota."
            ),
            (
                "POST", "/keys", #"{"expires_at":"soon"}"#, 400,
                "The body is not understood: Expected date string to be ISO8601-formatted."
            ),
            ("POST", "/keys", #"{"label":1}"#, 400, "The member label is not of the right kind."),
            (
                "POST", "/keys", #"{"models":["a b"]}"#, 400,
                "\"a b\" is neither a deployment's name nor a pattern: expected letters, digits and . _ - : / @ +, with * for any of them."
            ),
            ("POST", "/tokens", #"{"label":"x"}"#, 400, "The member scope is missing."),
            (
                "POST", "/tokens", #"{"scope":[]}"#, 400,
                "A token needs at least one deployment or pattern in its scope."
            ),
            ("PATCH", "/deployments/m", #"{"enabled":1}"#, 400, "The member enabled is not of the right kind."),
            (
                "POST", "/deployments", #"{"name":"a b"}"#, 400,
                "\"a b\" is no name for a deployment: expected 1 to 128 letters, digits and . _ - : / @ +, beginning with a letter or a digit."
            ),
            (
                "GET", "/deployments/%2", "", 400,
                "The path does not name a deployment in UTF-8 with whole percent escapes."
            ),
            ("GET", "/keys/%FF", "", 400, "The path does not name a key in UTF-8 with whole percent escapes."),
        ]
    )
    func refusals(_ method: String, _ path: String, _ body: String, _ status: Int, _ detail: String) async throws {
        try await withService { socket async throws in
            let answer = try await ask(socket, method, path, body)
            #expect(answer.status == status)
            #expect(answer.fields["content-type"] == "application/problem+json")
            let problem = try json(answer)
            #expect(problem["detail"] as? String == detail)
            #expect(problem["status"] as? Int == status)
            #expect(problem["type"] as? String == "about:blank")
            #expect(problem["title"] is String)
        }
    }

    @Test("a body is read up to 64 KiB")
    func largeBody() async throws {
        try await withService { socket async throws in
            let label = String(repeating: "x", count: 60 << 10)
            #expect(
                try await ask(socket, "POST", "/deployments", #"{"name":"m","description":"\#(label)"}"#).status != 413
            )
            let large = String(repeating: " ", count: (64 << 10) + 1)
            let answer = try await ask(socket, "POST", "/keys", large)
            #expect(answer.status == 413)
            #expect(try json(answer)["detail"] as? String == "The body is larger than 65536 bytes.")
            #expect(try await ask(socket, "GET", "/status").status == 200)
        }
    }

    @Test(
        "nonsense does not harm it",
        arguments: ["\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\r\n\r\n"]
    )
    func nonsense(_ text: String) async throws {
        try await withService { socket async throws in
            _ = try? await exchange(socket, text + "connection: close\r\n\r\n")
            #expect(try await ask(socket, "GET", "/status").status == 200)
        }
    }

    private func json(_ answer: RawAnswer) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    private func list(_ socket: String, _ path: String) async throws -> [[String: Any]] {
        let answer = try await ask(socket, "GET", path)
        return try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [[String: Any]])
    }
}
