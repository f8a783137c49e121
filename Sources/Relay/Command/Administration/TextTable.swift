private import Terminal

/// Rows under headings, aligned by spaces, no wider than a terminal.
struct TextTable: Sendable {
    /// One column.
    struct Column: Sendable {
        var heading: String
        /// Numbers stand at the right.
        var isRightAligned = false
        /// Whether cells are never cut.
        var isWhole = true

        /// Words, cut when the table is too wide.
        static func text(_ heading: String) -> Column { Column(heading: heading, isWhole: false) }

        /// What is worth nothing unless it is whole: ids and times.
        static func whole(_ heading: String) -> Column { Column(heading: heading) }

        static func number(_ heading: String) -> Column { Column(heading: heading, isRightAligned: true) }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty, and an empty cell is shown as `-`.
    mutating func add(_ cells: [String]) {
        let whole = self.columns.indices.map { $0 < cells.count ? cells[$0] : "" }
        self.rows.append(whole.map { $0.isEmpty ? "-" : $0.printable })
    }

    /// The headings and the rows; words that do not fit end in `…`, the widest column giving way first.
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
        let flexible = self.columns.indices.filter { !self.columns[$0].isWhole }
        while widths.reduce(0, +) > available {
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }), widths[widest] > 4 else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private static func cut(_ cell: String, to width: Int) -> String {
        cell.count > width ? cell.prefix(width - 1) + "…" : cell
    }
}
