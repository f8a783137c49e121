import Vocabulary

extension ResponsesRequest {
    /// The members of one object of the request, with the path that names them in a refusal. A null is an absent
    /// member.
    struct Fields {
        let object: JSONObject
        let path: String

        init(_ value: JSONValue, path: String) throws(GatewayError) {
            guard case .object(let object) = value else {
                let subject = path.isEmpty ? "The body" : "«\(path)»"
                throw GatewayError(
                    .invalidRequest,
                    "\(subject) must be a JSON object.",
                    parameter: path.isEmpty ? nil : path
                )
            }
            self.object = object
            self.path = path
        }

        subscript(key: String) -> JSONValue? {
            guard let value = self.object[key], !value.isNull else { return nil }
            return value
        }

        func has(_ key: String) -> Bool { self[key] != nil }

        /// The path of a member, such as `input[2].content`.
        func name(_ key: String) -> String { self.path.isEmpty ? key : "\(self.path).\(key)" }

        /// A refusal of one member; `words` go on from its name.
        func refusal(_ key: String, _ words: String) -> GatewayError {
            GatewayError(.invalidRequest, "«\(self.name(key))» \(words)", parameter: self.name(key))
        }

        func string(_ key: String) throws(GatewayError) -> String? {
            guard let value = self[key] else { return nil }
            guard let text = value.string else { throw self.refusal(key, "must be a string.") }
            return text
        }

        func requiredString(_ key: String) throws(GatewayError) -> String {
            guard let text = try self.string(key) else { throw self.refusal(key, "is missing; it must be a string.") }
            return text
        }

        func bool(_ key: String) throws(GatewayError) -> Bool? {
            guard let value = self[key] else { return nil }
            guard let bool = value.bool else { throw self.refusal(key, "must be true or false.") }
            return bool
        }

        /// A number as it was written.
        func number(_ key: String) throws(GatewayError) -> JSONValue? {
            guard let value = self[key] else { return nil }
            guard case .number = value else { throw self.refusal(key, "must be a number.") }
            return value
        }

        func int(_ key: String, in range: some RangeExpression<Int>) throws(GatewayError) -> Int? {
            guard let value = self[key] else { return nil }
            guard let number = value.int, range.contains(number) else {
                throw self.refusal(key, "must be a whole number in its range.")
            }
            return number
        }

        func array(_ key: String) throws(GatewayError) -> [JSONValue]? {
            guard let value = self[key] else { return nil }
            guard let array = value.array else { throw self.refusal(key, "must be an array.") }
            return array
        }

        func fields(_ key: String) throws(GatewayError) -> Fields? {
            guard let value = self[key] else { return nil }
            return try Fields(value, path: self.name(key))
        }
    }
}
