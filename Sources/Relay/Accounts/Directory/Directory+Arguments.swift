internal import Vocabulary

/// What is asked of arguments before anything is changed.
extension Directory {
    /// Refuses a text that is too long, or that holds characters which would play with somebody's terminal.
    /// - Parameter limit: in Unicode scalars, as SQLite counts.
    package static func check(_ text: String, named name: String, atMost limit: Int) throws(DirectoryError) {
        guard text.unicodeScalars.count <= limit else {
            throw DirectoryError(code: .invalid, message: "The \(name) is longer than \(limit) characters.")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw DirectoryError(
                code: .invalid,
                message: "The \(name) holds a control character: expected one line of text."
            )
        }
    }

    /// Refuses a name that people could not type, or tell from an absent one.
    static func check(name: String, of kind: String) throws(DirectoryError) {
        try Self.check(name, named: "name of the \(kind)", atMost: 100)
        guard let first = name.first, let last = name.last, !first.isWhitespace, !last.isWhitespace, first != "-" else {
            throw DirectoryError(
                code: .invalid,
                message: "A \(kind) needs a name that begins and ends with a visible character other than «-»."
            )
        }
    }

    static func check(_ limits: Limits) throws(DirectoryError) {
        let given = [
            limits.requestsPerMinute, limits.requestsPerDay, limits.tokensPerMinute, limits.concurrentCalls,
        ]
        for limit in given.compactMap(\.self) {
            guard (1...Limits.largest).contains(limit) else {
                throw DirectoryError(
                    code: .invalid,
                    message: "A limit is a whole number from 1 to \(Limits.largest); to allow nothing, disable what it"
                        + " limits."
                )
            }
        }
    }

    /// Nothing, or more than one thing, has the id that was given.
    static func cannotFind(_ id: String, among count: Int, kind: String, list: String) -> DirectoryError {
        DirectoryError(
            code: .notFound,
            message: count == 0
                ? "There is no \(kind) «\(id)». «\(list)» shows those that exist."
                : "«\(id)» is the beginning of \(count) \(kind)s: give more of it."
        )
    }
}

extension String {
    /// Whether a beginning of this id was given that says more than its prefix.
    func begins(with given: String, after prefix: String) -> Bool {
        given.utf8.count > prefix.utf8.count && self.hasPrefix(given)
    }
}

extension [DeploymentPattern] {
    /// The same patterns in their order, each once.
    var withoutRepetitions: Self {
        var seen: Set<DeploymentPattern> = []
        return self.filter { seen.insert($0).inserted }
    }
}
