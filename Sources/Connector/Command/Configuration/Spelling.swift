/// Guesses what was meant by a name that does not exist.
enum Spelling {
    /// A part of a sentence to put behind a complaint, or nothing.
    static func hint(for word: String, among candidates: [String]) -> String {
        self.nearest(to: word, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    /// The candidate that is nearest to the word, when it is near enough to have been meant.
    ///
    /// Case and the choice between `-`, `_` and nothing do not count as differences.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let plain = self.plain(word)
        let near = candidates.map { (word: $0, distance: self.distance(plain, self.plain($0))) }
            .min { $0.distance < $1.distance }
        guard let near, near.distance <= max(1, plain.count / 4) else { return nil }
        return near.word
    }

    /// Letters to insert, remove or replace until the words are equal.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var next = [row + 1]
            for (column, other) in right.enumerated() {
                next.append(min(last[column + 1] + 1, next[column] + 1, last[column] + (letter == other ? 0 : 1)))
            }
            last = next
        }
        return last[right.count]
    }

    private static func plain(_ word: String) -> [Character] {
        word.lowercased().filter { $0 != "-" && $0 != "_" }
    }
}
