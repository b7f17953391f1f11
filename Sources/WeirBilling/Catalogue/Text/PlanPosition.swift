/// A place in the text of a plan; lines and columns count from 1, columns in characters.
package struct PlanPosition: Hashable, Sendable, Comparable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: PlanPosition, right: PlanPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
