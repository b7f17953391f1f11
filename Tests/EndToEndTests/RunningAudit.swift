import Foundation
import WeirTestSupport

/// Checks a collector's database with a program that is not ours.
enum RunningAudit {
    /// Whether the table of sums says what the cells say, asked of sqlite3's own shell.
    static func usageEqualsCells(_ path: String) throws -> Bool {
        let directory = try TemporaryDirectory()
        let query = """
            SELECT count(*) FROM (
              SELECT hour, dimension_id, outcome, sum(calls) c, sum(units) u FROM cell GROUP BY 1, 2, 3
              EXCEPT SELECT hour, dimension_id, outcome, calls, units FROM usage_hour)
            """
        let shell = try RunningProgram("sqlite3", ["-readonly", path, query], in: directory)
        return shell.wait() == 0 && shell.log.trimmingCharacters(in: .whitespacesAndNewlines) == "0"
    }
}
