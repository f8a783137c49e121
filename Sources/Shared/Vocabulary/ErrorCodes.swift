/// The words for machines that a service wants to say in the place of the relay's own, in the field `code` of OpenAI's error object.
package struct ErrorCodes: Hashable, Sendable {
    /// What cannot be one of them.
    package enum Fault: Error, Hashable, Sendable {
        /// It is no `code=word`.
        case shape(String)
        /// Something has two words.
        case twice(String)
    }

    private var byCode: [String: String] = [:]
    private var byStatus: [Int: String] = [:]

    /// The codes that have another word.
    package var codes: Set<String> { Set(self.byCode.keys) }

    /// What it can be read from again.
    package var entries: [String] {
        self.byStatus.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            + self.byCode.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// The relay's own words.
    package init() {}

    /// Reads entries such as `bad_gateway=upstream_error`, which says one code in another word, or `400=invalid_request`, which says a
    /// word where errors of a status (400 to 599) have none.
    package init(_ entries: [String]) throws(Fault) {
        for entry in entries {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts.allSatisfy(Self.isWord) else { throw .shape(entry) }
            let old: String?
            if let status = Int(parts[0]) {
                guard (400...599).contains(status) else { throw .shape(entry) }
                old = self.byStatus.updateValue(parts[1], forKey: status)
            } else {
                old = self.byCode.updateValue(parts[1], forKey: parts[0])
            }
            guard old == nil else { throw .twice(parts[0]) }
        }
    }

    /// The word that is said.
    /// - Parameters:
    ///   - code: the relay's own; `nil` where it has none.
    ///   - status: the HTTP status of the error.
    package func word(for code: String?, status: Int) -> String? {
        guard let code else { return self.byStatus[status] }
        return self.byCode[code] ?? code
    }

    /// Small letters, digits and underscores: up to 64 of them.
    private static func isWord(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-z0-9_]{1,64}/) != nil
    }
}
