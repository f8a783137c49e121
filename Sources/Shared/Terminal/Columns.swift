/// Rows whose cells stand below each other.
package enum Columns {
    /// - Parameter rows: all of the same length.
    package static func lines(_ rows: [[String]]) -> [String] {
        let rows = rows.map { row in row.map(\.printable) }
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return String(line.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }
}
