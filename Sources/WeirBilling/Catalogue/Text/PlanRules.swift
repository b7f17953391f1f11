/// The rules of a plan as text, and where it stands in the plan's. Their grammar is read by whoever has it.
package struct PlanRules: Hashable, Sendable {
    /// Without the indentation that the lines have in common.
    package let text: String
    /// The line of the plan's text that their first line is; the line behind `rules:`.
    package let firstLine: Int
    /// Characters that were taken off in front of each line.
    package let indent: Int

    /// The place in the plan's text of a place in the rules.
    package func position(line: Int, column: Int) -> PlanPosition {
        PlanPosition(line: firstLine + line - 1, column: column + indent)
    }
}
