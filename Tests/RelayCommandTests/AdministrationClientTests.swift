private import ArgumentParser
private import FoundationEssentials
private import NIOCore
private import NIOHTTP1
import Terminal
import Testing

@testable import Administration
@testable import RelayCommand

@Suite("Asking a running relay")
struct AdministrationClientTests {
    @Test("nobody there")
    func absent() async throws {
        try await awaitInTemporaryDirectory { directory in
            let data = directory + "/none"
            let sentence =
                "no relay is running on \(data): start it with adit-relay serve --data \(data), or name its data"
                + " directory with --data"
            await #expect(throws: Complaint(sentence)) { try await status(data) }
        }
    }

    @Test("a socket that was left behind")
    func leftBehind() async throws {
        try await awaitInTemporaryDirectory { directory in
            try await FakeRelay.run(on: directory, reply: .silence) { _ in }
            let failure = await #expect(throws: Complaint.self) { try await status(directory) }
            #expect(failure?.description.hasPrefix("no relay is running on \(directory): ") == true)
        }
    }

    @Test("a data directory whose path is too long for a socket")
    func tooLong() async throws {
        let data = "/tmp/" + String(repeating: "x", count: 200)
        let failure = await #expect(throws: Complaint.self) { try await status(data) }
        #expect(failure?.description.contains("gave no answer") == true)
    }

    @Test("a refusal, in the relay's own words")
    func refusal() async throws {
        let problem = #"{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no key k1."}"#
        #expect(try await failure(.document(.notFound, problem)) == "There is no key k1.")
        #expect(try await failure(.document(.badGateway, "<html>")) == "the relay answered 502 Bad Gateway")
    }

    @Test("an answer that is none")
    func rubbish() async throws {
        let text = try await failure(.document(.ok, "[1, 2]"))
        #expect(text.hasPrefix("the relay's answer is not understood; is it of another version?"))
    }

    @Test("a connection that closes, and one on which nothing comes")
    func silence() async throws {
        #expect(try await failure(.goodbye).contains("gave no answer"))
        #expect(try await failure(.silence, timeout: .milliseconds(50)).hasSuffix("did not answer in time"))
    }

    private func failure(_ reply: FakeRelay.Reply, timeout: TimeAmount = .minutes(10)) async throws -> String {
        try await awaitInTemporaryDirectory { directory in
            var text = ""
            try await FakeRelay.run(on: directory, reply: reply) { _ in
                text =
                    await #expect(throws: Complaint.self) { try await status(directory, timeout: timeout) }?
                    .description ?? ""
            }
            return text
        }
    }

    private func status(_ data: String, timeout: TimeAmount = .minutes(10)) async throws {
        var client = AdministrationClient(data: data)
        client.timeout = timeout
        let _: StatusReport = try await client.get(["status"])
    }
}

@Suite("Commands, from words to request to answer")
struct AdministrationCommandTests {
    private static let deployment = """
        {"name":"org/m:1","enabled":true,"origin":"connector","created_at":"2026-01-31T12:00:00Z","online":false,\
        "reason":"no connector for it is online","connectors":0,"calls_in_flight":0,"public":false}
        """
    private static let key = """
        {"id":"key_1","label":"lab","hint":"WXYZ","disabled":false,"created_at":"2026-01-31T12:00:00Z",\
        "models":["a","home-*"],"user":"Ada","user_id":"usr_1","group":"pro","group_id":"grp_1","secret":"sk-adit-S"}
        """
    private static let token = """
        {"id":"tok_1","hint":"WXYZ","created_at":"2026-01-31T12:00:00Z","scope":["home-*"],"secret":"tt-adit-S"}
        """

    /// Words of the command line, the request that they make, the answer to it, and a line that is shown.
    struct Example: Sendable, CustomTestStringConvertible {
        var words: String
        var method: String
        var path: String
        var body = ""
        var answer: String
        var line: String

        var testDescription: String { self.words }
    }

    fileprivate static let examples: [Example] = [
        .init(
            words: "deployment create org/m:1 --description Big",
            method: "POST",
            path: "/deployments",
            body: #"{"description":"Big","name":"org/m:1"}"#,
            answer: deployment,
            line: "deployment org/m:1 exists"
        ),
        .init(
            words: "deployment list",
            method: "GET",
            path: "/deployments",
            answer: "[\(deployment)]",
            line: "org/m:1  offline  -          0  2026-01-31 12:00  -"
        ),
        .init(
            words: "deployment list",
            method: "GET",
            path: "/deployments",
            answer: "[]",
            line: "no deployments; make one with adit-relay deployment create NAME"
        ),
        .init(
            words: "deployment show org/m:1",
            method: "GET",
            path: "/deployments/org%2Fm%3A1",
            answer: deployment,
            line: "reason           no connector for it is online"
        ),
        .init(
            words: "deployment disable org/m:1",
            method: "PATCH",
            path: "/deployments/org%2Fm%3A1",
            body: #"{"enabled":false}"#,
            answer: deployment,
            line: "deployment org/m:1 is disabled"
        ),
        .init(
            words: "deployment enable org/m:1",
            method: "PATCH",
            path: "/deployments/org%2Fm%3A1",
            body: #"{"enabled":true}"#,
            answer: deployment,
            line: "deployment org/m:1 is enabled"
        ),
        .init(
            words: "deployment delete org/m:1",
            method: "DELETE",
            path: "/deployments/org%2Fm%3A1",
            answer: "",
            line: "deployment org/m:1 is deleted"
        ),
        .init(
            words: "key create --label lab --models a home-* --expires 2030-01-01",
            method: "POST",
            path: "/keys",
            body: #"{"expires_at":"2030-01-01T00:00:00Z","label":"lab","models":["a","home-*"]}"#,
            answer: key,
            line: "  sk-adit-S"
        ),
        .init(
            words: "key create",
            method: "POST",
            path: "/keys",
            body: "{}",
            answer: key,
            line: "Keep the secret now: it is not shown again."
        ),
        .init(
            words: "key list",
            method: "GET",
            path: "/keys",
            answer: "[\(key)]",
            line: "key_1  lab    Ada   pro    …WXYZ   good   never    never      a home-*"
        ),
        .init(
            words: "key list",
            method: "GET",
            path: "/keys",
            answer: "[]",
            line: "no keys; make one with adit-relay key create"
        ),
        .init(
            words: "key show key_1",
            method: "GET",
            path: "/keys/key_1",
            answer: key,
            line: "models           a home-*"
        ),
        .init(
            words: "key disable key_1",
            method: "PATCH",
            path: "/keys/key_1",
            body: #"{"disabled":true}"#,
            answer: key,
            line: "key key_1 is disabled"
        ),
        .init(
            words: "key enable key_1",
            method: "PATCH",
            path: "/keys/key_1",
            body: #"{"disabled":false}"#,
            answer: key,
            line: "key key_1 is enabled"
        ),
        .init(words: "key rotate key_1", method: "POST", path: "/keys/key_1/rotate", answer: key, line: "  sk-adit-S"),
        .init(
            words: "key delete key_1",
            method: "DELETE",
            path: "/keys/key_1",
            answer: "",
            line: "key key_1 is deleted"
        ),
        .init(
            words: "token create --label lab home-* m",
            method: "POST",
            path: "/tokens",
            body: #"{"label":"lab","scope":["home-*","m"]}"#,
            answer: token,
            line: "  tt-adit-S"
        ),
        .init(
            words: "token list",
            method: "GET",
            path: "/tokens",
            answer: "[\(token)]",
            line: "tok_1  -      …WXYZ   good   2026-01-31 12:00  home-*"
        ),
        .init(
            words: "token list",
            method: "GET",
            path: "/tokens",
            answer: "[]",
            line: "no tokens; make one with adit-relay token create NAME"
        ),
        .init(
            words: "token revoke tok_1",
            method: "DELETE",
            path: "/tokens/tok_1",
            answer: "",
            line: "token tok_1 is revoked"
        ),
    ]

    @Test("every command", arguments: examples + accountExamples)
    func commands(_ example: Example) async throws {
        let answer = try await carryOut(
            example.words,
            reply: .document(example.answer.isEmpty ? .noContent : .ok, example.answer)
        ) {
            #expect($0 == [.init(method: example.method, uri: "/admin/api/v1" + example.path, body: example.body)])
        }
        #expect(answer.lines.contains(example.line), "\(answer.lines)")
        #expect(answer.lines.allSatisfy { $0.count <= 100 })
        if !example.answer.isEmpty {
            // What programs get is what the relay said.
            let document = try JSONDecoder().decode(JSON.self, from: Data(answer.json().utf8))
            #expect(try document == JSONDecoder().decode(JSON.self, from: Data(example.answer.utf8)))
        }
    }

    @Test("a time that is none is refused before anything is asked")
    func badExpiry() async throws {
        await #expect(
            throws: Complaint(
                "--expires soon is no time: expected 12h, 30d, 4w, 2026-01-31 or 2026-01-31T12:00:00Z"
            )
        ) {
            try await carryOut("key create --expires soon", reply: .silence) { #expect($0.isEmpty) }
        }
    }

    @Test(
        "words that are no command are refused",
        arguments: [
            "token create", "deployment create", "key show", "keys list", "key", "user create", "group create",
            "limits",
        ]
    )
    func misuse(_ words: String) {
        let command = try? AditRelay.parseAsRoot(words.split(separator: " ").map(String.init))
        #expect(!(command is any AdministrationCommand))
    }

    @Test("the data directory is the flag's, the environment's, or the default")
    func dataDirectory() throws {
        let said = try AdministrationOptions.parse(["--data", "a"])
        let unsaid = try AdministrationOptions.parse([])
        #expect(said.dataDirectory(environment: ["ADIT_DATA": "b"]) == "a")
        #expect(unsaid.dataDirectory(environment: ["ADIT_DATA": "b"]) == "b")
        #expect(unsaid.dataDirectory(environment: ["ADIT_DATA": ""]) == "./adit-data")
        #expect(unsaid.dataDirectory(environment: [:]) == "./adit-data")
    }

    private func carryOut(
        _ words: String,
        reply: FakeRelay.Reply,
        _ check: ([FakeRelay.Question]) -> Void
    ) async throws -> CommandAnswer {
        try await awaitInTemporaryDirectory { directory in
            let parsed = try AditRelay.parseAsRoot(
                words.split(separator: " ").map(String.init) + ["--data", directory]
            )
            let command = try #require(parsed as? any AdministrationCommand)
            #expect(command.options.data == directory)
            var answer: CommandAnswer?
            try await FakeRelay.run(on: directory, reply: reply) { relay in
                defer { check(relay.questions) }
                answer = try await command.answer(AdministrationClient(data: directory))
            }
            return try #require(answer)
        }
    }
}

/// Any JSON, to be compared.
private enum JSON: Decodable, Hashable {
    case object([String: JSON])
    case array([JSON])
    case text(String)
    case number(Double)
    case truth(Bool)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let object = try? container.decode([String: JSON].self) {
            self = .object(object)
        } else if let array = try? container.decode([JSON].self) {
            self = .array(array)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let truth = try? container.decode(Bool.self) {
            self = .truth(truth)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }
}
