internal import Foundation
private import Synchronization
import Testing

@testable import Accounts
@testable import Administration

/// One request after the other, each answer held against the description.
final class APIWalk {
    let desk: DeskFixture
    private(set) var met: Set<String> = []
    private let description: [String: Any]
    private let token: String
    private let session: [(name: String, value: String)]
    private var last: [String: Any] = [:]

    init() async throws {
        self.desk = try await DeskFixture()
        try await self.desk.makeMember()
        try await self.desk.pay("call_paid")
        self.token = try await self.desk.token(.write)
        self.session = try await self.desk.session()
        self.description = await self.desk.ask("GET", "/openapi.json").json
    }

    struct Step {
        var method: String
        /// «@» stands for the id in the answer before.
        var path: String
        /// «@» stands for the code in the answer before.
        var body = ""
        var status: Int
        /// As the member who has signed in, not as the administrator.
        var isOwn = false
    }

    /// Holds one answer against what the description says.
    func take(_ step: Step) async throws {
        let path = step.path.replacing("@", with: self.last["id"] as? String ?? "x")
        let body = step.body.replacing("\"@\"", with: "\"\(self.last["code"] as? String ?? "x")\"")
        let answer =
            step.isOwn
            ? await self.desk.ask(step.method, path, body, headers: self.session)
            : await self.desk.ask(step.method, path, body, token: self.token)
        #expect(answer.status == step.status, "\(step.method) \(path): \(answer.text)")
        let bare = path.prefix { $0 != "?" }.dropFirst()
        let operation = try #require(
            self.desk.service.operations.first { $0.verb == step.method && $0.matches(bare) }
        )
        self.met.insert(operation.id)
        let paths = try #require(self.description["paths"] as? [String: [String: [String: Any]]])
        let responses = try #require(
            paths["/" + operation.path]?[step.method.lowercased()]?["responses"] as? [String: [String: Any]]
        )
        let response = try #require(responses["\(answer.status)"], "\(operation.id) \(answer.status) is not described")
        guard let content = response["content"] as? [String: [String: Any]] else {
            #expect(answer.text.isEmpty, "\(operation.id) says something that is not described")
            return
        }
        let type = try #require(answer.headers["content-type"])
        let schema = try #require(content[type]?["schema"] as? [String: Any], "\(operation.id) answers \(type)")
        let value = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
        let faults = self.faults(in: value, schema, at: operation.id)
        #expect(faults.isEmpty, "\(faults)")
        // What was made, alone or as the first of several; a list of what there is says nothing of what was made last.
        let several = answer.status == 201 ? value as? [[String: Any]] : nil
        if let record = value as? [String: Any] ?? several?.first, record["id"] != nil {
            self.last = record
        }
    }

    /// What does not fit, as far as the description's own words go.
    private func faults(in value: Any, _ schema: [String: Any], at place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = String(reference.split(separator: "/").last ?? "")
            let schemas = (self.description["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]]
            return self.faults(in: value, schemas?[name] ?? [:], at: place)
        }
        if let choices = schema["enum"] as? [String], let text = value as? String, !choices.contains(text) {
            return ["\(place) is \(text)"]
        }
        if let types = schema["type"] as? [String] {
            let fits = types.contains { self.faults(in: value, ["type": $0], at: place).isEmpty }
            return fits ? [] : ["\(place) is none of \(types)"]
        }
        switch schema["type"] as? String {
        case "object":
            guard let record = value as? [String: Any] else { return ["\(place) is no object"] }
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            var faults = (schema["required"] as? [String] ?? []).filter { record[$0] == nil }
                .map { "\(place).\($0) is missing" }
            for (name, member) in record {
                if let property = properties[name] {
                    faults += self.faults(in: member, property, at: "\(place).\(name)")
                } else if let other = schema["additionalProperties"] as? [String: Any] {
                    faults += self.faults(in: member, other, at: "\(place).\(name)")
                } else if schema["additionalProperties"] as? Bool == false {
                    faults.append("\(place).\(name) is not described")
                }
            }
            return faults
        case "array":
            guard let list = value as? [Any] else { return ["\(place) is no list"] }
            let items = schema["items"] as? [String: Any] ?? [:]
            return list.flatMap { self.faults(in: $0, items, at: "\(place)[]") }
        case "string": return value is String ? [] : ["\(place) is no text"]
        case "boolean": return (value as? NSNumber).map { "\($0)" } != nil ? [] : ["\(place) is no truth"]
        case "integer", "number": return value is NSNumber ? [] : ["\(place) is no number"]
        default: return ["\(place): the schema is of no known kind"]
        }
    }
}

extension APIWalk {
    /// Every operation at least once, well or badly.
    static let steps = accounts + money + leaving

    private static let accounts: [Step] = [
        .init(method: "GET", path: "/openapi.json", status: 200),
        .init(method: "GET", path: "/status", status: 200),
        .init(method: "GET", path: "/limits", status: 200),
        .init(method: "PATCH", path: "/limits", body: #"{"requests_per_minute":1000}"#, status: 200),
        .init(method: "POST", path: "/groups", body: fullGroup, status: 201),
        .init(method: "GET", path: "/groups", status: 200),
        .init(method: "GET", path: "/groups/pro", status: 200),
        .init(method: "POST", path: "/groups", body: #"{"name":"pro"}"#, status: 409),
        .init(method: "PATCH", path: "/groups/pro", body: #"{"streaming":true}"#, status: 200),
        .init(
            method: "POST",
            path: "/users",
            body: #"{"name":"bob","email":"b@x.org","key_group":"pro"}"#,
            status: 201
        ),
        .init(method: "GET", path: "/users", status: 200),
        .init(method: "GET", path: "/users/bob", status: 200),
        .init(
            method: "PATCH",
            path: "/users/bob",
            body: #"{"most_keys":3,"limits":{"concurrent_calls":2}}"#,
            status: 200
        ),
        .init(method: "PATCH", path: "/users/bob", body: #"{"role":"king"}"#, status: 400),
        .init(method: "PUT", path: "/users/bob/password", body: #"{"password":"long enough it is"}"#, status: 204),
        .init(method: "PUT", path: "/users/bob/password", body: #"{"password":"short"}"#, status: 400),
        .init(method: "DELETE", path: "/users/bob/password", status: 204),
        .init(method: "POST", path: "/keys", body: fullKey, status: 201),
        .init(method: "GET", path: "/keys", status: 200),
        .init(method: "GET", path: "/keys/@", status: 200),
        .init(method: "PATCH", path: "/keys/@", body: #"{"label":"other"}"#, status: 200),
        .init(method: "POST", path: "/keys/@/rotate", body: #"{"overlap":60}"#, status: 200),
        .init(method: "DELETE", path: "/users/bob", status: 409),
        .init(method: "DELETE", path: "/keys/@", status: 204),
        .init(method: "DELETE", path: "/keys/@", status: 404),
        .init(method: "POST", path: "/keys", body: #"{"user":"nobody"}"#, status: 404),
        .init(method: "DELETE", path: "/users/bob", status: 204),
        .init(method: "DELETE", path: "/groups/pro", status: 204),
        .init(method: "POST", path: "/deployments", body: #"{"name":"m","description":"Big"}"#, status: 201),
        .init(method: "GET", path: "/deployments", status: 200),
        .init(method: "PATCH", path: "/deployments/m", body: fullDeployment, status: 200),
        .init(method: "GET", path: "/deployments/m", status: 200),
        .init(method: "DELETE", path: "/deployments/m", status: 204),
        .init(method: "POST", path: "/tokens", body: #"{"scope":["home-*"],"label":"lab"}"#, status: 201),
        .init(method: "GET", path: "/tokens", status: 200),
        .init(method: "POST", path: "/tokens/@/rotate", status: 200),
        .init(method: "DELETE", path: "/tokens/@", status: 204),
        .init(method: "POST", path: "/tokens/@/rotate", status: 409),
        .init(
            method: "POST",
            path: "/admin-tokens",
            body: #"{"label":"x","expires_at":"2100-01-01T00:00:00Z"}"#,
            status: 201
        ),
        .init(method: "GET", path: "/admin-tokens", status: 200),
        .init(method: "DELETE", path: "/admin-tokens/@", status: 204),
        .init(method: "GET", path: "/audit", status: 200),
        .init(method: "GET", path: "/audit?cursor=x", status: 400),
        .init(method: "GET", path: "/session", status: 404),
        .init(method: "POST", path: "/session", body: #"{"email":"x@example.com","password":"y"}"#, status: 401),
        .init(
            method: "POST",
            path: "/session",
            body: #"{"email":"ada@example.com","password":"correct horse battery"}"#,
            status: 201
        ),
        .init(method: "GET", path: "/session", status: 200, isOwn: true),
        .init(method: "GET", path: "/me", status: 200, isOwn: true),
        .init(method: "GET", path: "/users", status: 403, isOwn: true),
        .init(method: "POST", path: "/me/keys", body: #"{"label":"mine"}"#, status: 201, isOwn: true),
        .init(method: "GET", path: "/me/keys", status: 200, isOwn: true),
        .init(method: "GET", path: "/me/keys/@", status: 200, isOwn: true),
        .init(method: "PATCH", path: "/me/keys/@", body: #"{"disabled":true}"#, status: 200, isOwn: true),
        .init(method: "POST", path: "/me/keys/@/rotate", status: 200, isOwn: true),
        .init(method: "DELETE", path: "/me/keys/@", status: 204, isOwn: true),
        .init(
            method: "PUT",
            path: "/me/password",
            body: #"{"current_password":"wrong","password":"long enough it is"}"#,
            status: 403,
            isOwn: true
        ),
    ]

    private static let leaving: [Step] = [
        .init(method: "DELETE", path: "/session", status: 204, isOwn: true),
        .init(method: "GET", path: "/me", status: 401, isOwn: true),
    ]

    private static let fullGroup = """
        {"name":"pro","dialects":["chat"],"deployments":["home-*"],"streaming":false,"billed":true,"multiplier":"1.5",\
        "user_multipliers":{"ada":"2"},"service_tiers":{"flex":"0.5"},"vanished_client":"whole",\
        "missing_usage":"estimated","limits":{"requests_per_minute":9},"user_limits":{"requests_per_day":9},\
        "key_limits":{"tokens_per_minute":9}}
        """
    private static let fullKey = """
        {"label":"lab","expires_at":"2100-01-31T12:00:00Z","models":["a"],"user":"bob","group":"pro",\
        "allowed_addresses":["10.0.0.0/8"],"denied_addresses":["10.0.0.1"],"limits":{"requests_per_minute":5}}
        """
    private static let fullDeployment = """
        {"aliases":["n"],"owner":"ada","visible_to":["default"],"public":true,\
        "price":{"input":"1","output":"2.5"},"limits":{"concurrent_calls":4}}
        """
}
