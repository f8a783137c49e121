/// The members of a query that Gemini's API knows.
package struct GeminiQuery: Hashable, Sendable {
    /// Whether a stream is wanted as server-sent events (`alt=sse`) and not as one JSON array.
    package private(set) var wantsEvents = false
    /// How many models one page of the list may hold.
    package private(set) var pageSize: Int?
    /// Behind which model the page begins.
    package private(set) var pageToken: String?

    /// - Parameter query: what stands behind the question mark, if anything; what is not known is ignored.
    package init(_ query: some StringProtocol) {
        for member in query.split(separator: "&") {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "alt", "$alt", "%24alt": self.wantsEvents = parts[1] == "sse"
            case "pageSize", "page_size": self.pageSize = Int(parts[1]).flatMap { $0 > 0 ? $0 : nil }
            case "pageToken", "page_token":
                self.pageToken = GeminiPath.percentDecoded(parts[1]).flatMap { $0.isEmpty ? nil : $0 }
            default: break
            }
        }
    }

    /// How a stream is framed.
    package var framing: GeminiStream.Framing { self.wantsEvents ? .events : .array }
}
