import Vocabulary

/// Google's `Schema`, a dialect of OpenAPI 3.0's, as JSON Schema.
///
/// Types lose their capitals, `nullable` becomes a type, numbers that protocol buffers write as strings become numbers again,
/// and what only Google's servers read is dropped. Keywords may be spelled either way; the names of properties stay as they are.
enum GeminiSchema {
    /// - Parameter path: where the schema stands in the request.
    static func jsonSchema(_ value: JSONValue, at path: String) throws(GatewayError) -> JSONValue {
        let schema = try GeminiFields(value, at: path)
        var members: [(String, JSONValue)] = []
        var isNullable = false
        for member in schema.object.members where !member.value.isNull {
            let key = Self.keyword(member.key)
            let place = schema.path(member.key)
            switch key {
            case "nullable": isNullable = member.value.bool ?? false
            case "propertyOrdering", "example": break
            case "type": if let type = try Self.type(member.value, at: place) { members.append((key, type)) }
            case "format": if member.value != "enum" { members.append((key, member.value)) }
            case "minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength":
                members.append((key, member.value.string.flatMap { Int($0) }.map { JSONValue($0) } ?? member.value))
            case "items", "not": members.append((key, try Self.jsonSchema(member.value, at: place)))
            case "additionalProperties":
                let isSchema = member.value.object != nil
                members.append((key, isSchema ? try Self.jsonSchema(member.value, at: place) : member.value))
            case "anyOf", "oneOf", "allOf", "prefixItems": members.append((key, try Self.list(member.value, at: place)))
            case "$ref": members.append((key, Self.reference(member.value)))
            case "properties", "$defs": members.append((key, try Self.map(member.value, at: place)))
            default: members.append((key, member.value))
            }
        }
        var out = JSONObject(lastOf: members)
        Self.matchEnumeration(&out)
        if isNullable { Self.allowNull(&out) }
        return .object(out)
    }

    private static let keywords = [
        "propertyOrdering", "minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength",
        "additionalProperties", "anyOf", "oneOf", "allOf", "prefixItems",
    ]

    private static func keyword(_ key: String) -> String {
        switch key {
        case "defs": "$defs"
        case "ref": "$ref"
        case _ where key.utf8.contains(UInt8(ascii: "_")):
            Self.keywords.first { GeminiFields.isSpelling(key, of: $0) } ?? key
        default: key
        }
    }

    private static func type(_ value: JSONValue, at path: String) throws(GatewayError) -> JSONValue? {
        if let names = value.array { return .array(names.map { .string($0.string?.lowercased() ?? "null") }) }
        guard let name = value.string?.lowercased() else { throw .gemini("must be a string", at: path) }
        switch name {
        case "type_unspecified", "": return nil
        case "string", "number", "integer", "boolean", "array", "object", "null": return .string(name)
        default: throw .gemini("is «\(name)», which is no type", at: path)
        }
    }

    /// A reference to a definition goes to where the definitions stand now.
    private static func reference(_ value: JSONValue) -> JSONValue {
        guard let text = value.string, text.hasPrefix("#/defs/") else { return value }
        return .string("#/$defs/" + text.dropFirst("#/defs/".count))
    }

    private static func list(_ value: JSONValue, at path: String) throws(GatewayError) -> JSONValue {
        guard let values = value.array else { throw .gemini("must be an array", at: path) }
        var out: [JSONValue] = []
        for (index, value) in values.enumerated() { out.append(try Self.jsonSchema(value, at: "\(path)[\(index)]")) }
        return .array(out)
    }

    private static func map(_ value: JSONValue, at path: String) throws(GatewayError) -> JSONValue {
        guard let object = value.object else { throw .gemini("must be an object", at: path) }
        var out: [(String, JSONValue)] = []
        for member in object.members {
            out.append((member.key, try Self.jsonSchema(member.value, at: "\(path).\(member.key)")))
        }
        return .object(JSONObject(out))
    }

    /// Google's enumerations are of strings, whatever the type says.
    private static func matchEnumeration(_ schema: inout JSONObject) {
        guard let values = schema["enum"]?.array, schema["type"] == "integer" || schema["type"] == "number" else {
            return
        }
        schema["enum"] = .array(
            values.map { value in
                guard let text = value.string, let number = try? JSONValue(reading: text), number.double != nil else {
                    return value
                }
                return number
            }
        )
    }

    private static func allowNull(_ schema: inout JSONObject) {
        if let type = schema["type"] {
            let types = type.array ?? [type]
            if !types.contains("null") { schema["type"] = .array(types + ["null"]) }
            if let values = schema["enum"]?.array, !values.contains(.null) { schema["enum"] = .array(values + [.null]) }
        } else if let choices = schema["anyOf"]?.array {
            let null: JSONValue = ["type": "null"]
            if !choices.contains(null) { schema["anyOf"] = .array(choices + [null]) }
        }
    }
}
