import Dialects

/// What stands behind the question mark.
extension Target {
    /// Whether a key stands in the query, where every log on the way would keep it.
    static func carriesKey(query: Substring) -> Bool {
        Self.fields(of: query).contains { ["key", "api_key", "api-key"].contains($0.name.lowercased()) }
    }

    /// Whether the key in the query is Google's, whose programs are the only ones that put it there.
    static func carriesGoogleKey(query: Substring) -> Bool {
        Self.fields(of: query).contains { $0.name.lowercased() == "key" }
    }

    /// The members of a query (WHATWG URL, `application/x-www-form-urlencoded`), decoded; those that cannot be are left out.
    static func fields(of query: Substring) -> [(name: String, value: String)] {
        query.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.flatMap(Self.decoded) else { return nil }
            return (name, parts.count > 1 ? Self.decoded(parts[1]) ?? "" : "")
        }
    }
}
