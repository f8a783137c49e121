/// An encoding of a request's body (RFC 9110 §8.4.1) that the relay undoes.
///
/// `deflate` is not among them: half of its senders mean RFC 1950 and half RFC 1951, and no client of a model's API sends it.
package enum ContentCoding: String, Hashable, Sendable, CaseIterable {
    /// RFC 1952; several members may follow each other.
    case gzip
    /// RFC 8878; several frames may follow each other, whose windows are at most 8 MiB (RFC 9659 §3).
    case zstd

    /// What is taken, as `accept-encoding` says it.
    package static let accepted = Self.allCases.map(\.rawValue).joined(separator: ", ")

    /// What the values of `content-encoding` ask for.
    package enum Choice: Hashable, Sendable {
        /// The body is as it is.
        case identity
        case coding(ContentCoding)
        /// Nothing that is known, or several encodings on top of each other, each of which multiplies what a few bytes
        /// can cost.
        case refused
    }

    /// Reads every value of the header `content-encoding`, in their order.
    package static func choice(_ values: [String]) -> Choice {
        let names = values.flatMap { $0.split(separator: ",") }
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            .filter { !$0.isEmpty && $0 != "identity" }
        guard let name = names.first else { return .identity }
        guard names.count == 1, let coding = Self(rawValue: name == "x-gzip" ? "gzip" : name) else { return .refused }
        return .coding(coding)
    }
}
