/// A JSON Schema (2020-12) of a value: what OpenAPI 3.1 says of bodies and parameters.
extension JSON {
    static func string(
        _ description: String,
        format: String? = nil,
        of choices: [String] = [],
        longest: Int? = nil,
        isSecret: Bool = false
    ) -> JSON {
        var schema: [String: JSON] = ["type": "string", "description": .text(description)]
        if let format { schema["format"] = .text(format) }
        if !choices.isEmpty { schema["enum"] = .list(choices.map(JSON.text)) }
        if let longest { schema["maxLength"] = .whole(longest) }
        // Members that are only ever sent are never written down.
        if isSecret { schema["writeOnly"] = true }
        return .record(schema)
    }

    /// A time as RFC 3339 in UTC.
    static func time(_ description: String) -> JSON { .string(description, format: "date-time") }

    static func integer(_ description: String, from least: Int = 0, to most: Int? = nil) -> JSON {
        var schema: [String: JSON] = [
            "type": "integer", "description": .text(description), "minimum": .whole(least),
        ]
        if let most { schema["maximum"] = .whole(most) }
        return .record(schema)
    }

    static func decimal(_ description: String) -> JSON { ["type": "number", "description": .text(description)] }

    static func boolean(_ description: String) -> JSON { ["type": "boolean", "description": .text(description)] }

    static func list(of element: JSON, _ description: String) -> JSON {
        ["type": "array", "items": element, "description": .text(description)]
    }

    static func strings(_ description: String, of choices: [String] = []) -> JSON {
        var element: [String: JSON] = ["type": "string"]
        if !choices.isEmpty { element["enum"] = .list(choices.map(JSON.text)) }
        return .list(of: .record(element), description)
    }

    /// An object whose members are not known by name.
    static func table(of element: JSON, _ description: String) -> JSON {
        ["type": "object", "additionalProperties": element, "description": .text(description)]
    }

    static func record(_ schema: RecordSchema) -> JSON { ["$ref": .text("#/components/schemas/\(schema.name)")] }

    static func list(of schema: RecordSchema) -> JSON { ["type": "array", "items": .record(schema)] }
}

/// What an object of the API looks like: its members in their order.
struct RecordSchema: Hashable, Sendable {
    struct Member: Hashable, Sendable {
        var name: String
        var schema: JSON
        var isRequired: Bool

        static func must(_ name: String, _ schema: JSON) -> Member {
            Member(name: name, schema: schema, isRequired: true)
        }

        static func may(_ name: String, _ schema: JSON) -> Member {
            Member(name: name, schema: schema, isRequired: false)
        }
    }

    var name: String
    var description: String
    var members: [Member]

    init(_ name: String, _ description: String, _ members: [Member]) {
        self.name = name
        self.description = description
        self.members = members
    }

    /// The whole schema.
    var document: JSON {
        var document: [String: JSON] = [
            "type": "object",
            "description": .text(self.description),
            "properties": .record(Dictionary(self.members.map { ($0.name, $0.schema) }) { first, _ in first }),
            "additionalProperties": false,
        ]
        let required = self.members.filter(\.isRequired).map { JSON.text($0.name) }
        if !required.isEmpty { document["required"] = .list(required) }
        return .record(document)
    }

    /// Members that are never written down.
    var secrets: Set<String> {
        Set(
            self.members.filter {
                if case .record(let schema) = $0.schema { schema["writeOnly"] != nil } else { false }
            }.map(\.name)
        )
    }
}

/// A document that the API describes.
protocol Described {
    static var schema: RecordSchema { get }
}
