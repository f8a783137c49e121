package import NIOCore

extension Gemini {
    /// The list of models, or a page of it.
    /// - Parameters:
    ///   - names: every model, in the same order for every page.
    ///   - pageSize: how many of them at most; `nil` is all.
    ///   - pageToken: the `nextPageToken` of the page before: its last model.
    package static func modelList(_ names: [String], pageSize: Int? = nil, pageToken: String? = nil) -> ByteBuffer {
        let rest = names[Self.start(names, pageToken)...]
        let page = rest.prefix(max(1, pageSize ?? .max))
        var body: JSONValue = ["models": .array(page.map(Self.description))]
        if page.count < rest.count, let last = page.last, var object = body.object {
            object["nextPageToken"] = .string(last)
            body = .object(object)
        }
        return Self.json(body)
    }

    /// Where a page begins; where the last model before it has gone, its place in the alphabet counts.
    private static func start(_ names: [String], _ token: String?) -> Int {
        guard let token else { return 0 }
        return names.firstIndex(of: token).map { $0 + 1 } ?? names.firstIndex { $0 > token } ?? names.count
    }

    /// One model.
    package static func model(_ name: String) -> ByteBuffer {
        Self.json(Self.description(name))
    }

    /// Google also tells how many tokens a model takes; that is not known here.
    private static func description(_ name: String) -> JSONValue {
        [
            "name": .string("models/\(name)"), "baseModelId": .string(name), "version": "1",
            "displayName": .string(name), "supportedGenerationMethods": ["generateContent", "countTokens"],
        ]
    }

    private static func json(_ value: JSONValue) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeJSON(value)
        return body
    }
}
