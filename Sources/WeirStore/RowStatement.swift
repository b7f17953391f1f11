/// Statements over many rows at once: the rows' placeholders are put into a text, and rows are cut into runs of few sizes, so that
/// there are few statements to prepare.
struct RowStatement {
    /// Rows of the largest run, a power of two. Larger ones are hardly faster, and keep memory for each statement.
    static let maximumRows = 128

    private let head: String
    private let columns: Int
    private let tail: String
    private var texts: [Int: String] = [:]

    /// - head: what stands before the rows, up to and with `VALUES`. columns: of a row. tail: what stands behind them, with
    ///   `$next` for a placeholder of its own.
    init(_ head: String, columns: Int, _ tail: String) {
        self.head = head
        self.columns = columns
        self.tail = tail
    }

    /// The text for so many rows.
    mutating func text(rows: Int) -> String {
        if let text = texts[rows] { return text }
        var text = head
        var number = 0
        for row in 0..<rows {
            text += row == 0 ? " (" : ", ("
            for column in 0..<columns {
                number += 1
                text += column == 0 ? "$\(number)" : ", $\(number)"
            }
            text += ")"
        }
        text +=
            " " + tail.split(separator: "$next", omittingEmptySubsequences: false).joined(separator: "$\(number + 1)")
        texts[rows] = text
        return text
    }

    /// Runs of rows: as many of the largest size as there are, then the powers of two that the rest is made of.
    static func runs<Row>(of rows: [Row]) -> [ArraySlice<Row>] {
        var runs: [ArraySlice<Row>] = []
        var start = 0
        var size = maximumRows
        while start < rows.count {
            while rows.count - start < size { size /= 2 }
            runs.append(rows[start..<start + size])
            start += size
        }
        return runs
    }
}
