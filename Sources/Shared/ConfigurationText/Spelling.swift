/// Guesses what was meant by a name that does not exist.
package enum Spelling {
    /// The candidate that is nearest to the word, when it is near enough to have been meant.
    ///
    /// Case and the choice between `-`, `_` and nothing do not count as differences.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let plain = self.plain(word)
        let allowed = max(1, plain.count / 4)
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let distance = self.distance(plain, self.plain(candidate))
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Letters to insert, remove, replace or swap with their neighbour until the words are equal.
    package static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }

    private static func plain(_ word: String) -> [Character] {
        word.lowercased().filter { $0 != "-" && $0 != "_" }
    }
}

extension Spelling {
    /// A sentence to put behind a complaint, or nothing.
    package static func hint(for word: String, among candidates: some Sequence<String>) -> String {
        self.nearest(to: word, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }
}
