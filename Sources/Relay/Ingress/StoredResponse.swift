import Dialects

/// What can be asked about a response that was given before.
enum StoredResponse: Equatable {
    case show(String)
    case delete(String)
    case inputItems(String)
    case cancel(String)

    /// Finds what is asked for by a path under `/v1/responses/`; `nil` for other paths.
    static func find(method: String, path: Substring) -> Target? {
        for prefix in ["/v1/responses/", "/responses/"] where path.hasPrefix(prefix) {
            let parts = path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
            guard let id = parts.first.flatMap(Target.decoded), !id.isEmpty, parts.count <= 2 else { return .nothing }
            let isReading = method == "GET" || method == "HEAD"
            switch parts.dropFirst().first {
            case nil:
                if method == "DELETE" { return .response(.delete(id)) }
                return isReading
                    ? .response(.show(id)) : .wrongMethod(allowed: "GET, HEAD, DELETE, OPTIONS", .responses)
            case "input_items":
                return isReading ? .response(.inputItems(id)) : .wrongMethod(allowed: "GET, HEAD, OPTIONS", .responses)
            case "cancel":
                return method == "POST" ? .response(.cancel(id)) : .wrongMethod(allowed: "POST, OPTIONS", .responses)
            default:
                return .nothing
            }
        }
        return nil
    }
}
