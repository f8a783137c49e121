/// Rows under headings, aligned by spaces, no wider than a terminal.
struct TextTable: Sendable {
    /// One column.
    struct Column: Sendable {
        var heading: String
        /// Numbers stand at the right.
        var isRightAligned = false

        static func text(_ heading: String) -> Column { Column(heading: heading) }
        static func number(_ heading: String) -> Column {
            Column(heading: heading, isRightAligned: true)
        }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty, and an empty cell is shown as `-`.
    mutating func add(_ cells: [String]) {
        let whole = self.columns.indices.map { $0 < cells.count ? cells[$0] : "" }
        self.rows.append(whole.map { $0.isEmpty ? "-" : $0 })
    }

    /// The headings and the rows; cells that do not fit end in `…`, the widest column giving way first.
    func lines(width: Int = 100) -> [String] {
        let headings = self.columns.map(\.heading)
        let widths = self.widths(fitting: width)
        return ([headings] + self.rows).map { cells in
            var line = ""
            for (index, cell) in cells.enumerated() {
                if index > 0 { line += Self.gap }
                let cut = Self.cut(cell, to: widths[index])
                let padding = String(repeating: " ", count: widths[index] - cut.count)
                line += self.columns[index].isRightAligned ? padding + cut : cut + padding
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static let gap = "  "

    private func widths(fitting total: Int) -> [Int] {
        var widths = self.columns.indices.map { index in
            ([self.columns[index].heading] + self.rows.map { $0[index] }).map(\.count).max() ?? 0
        }
        let available = total - Self.gap.count * (widths.count - 1)
        while widths.reduce(0, +) > available, let widest = widths.max(), widest > 4 {
            guard let index = widths.firstIndex(of: widest) else { break }
            widths[index] -= 1
        }
        return widths
    }

    private static func cut(_ cell: String, to width: Int) -> String {
        cell.count > width ? cell.prefix(width - 1) + "…" : cell
    }
}
