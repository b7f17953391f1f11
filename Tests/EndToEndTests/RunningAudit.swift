import Foundation
import WeirTestSupport

/// Checks a collector's database with a program that is not ours.
enum RunningAudit {
    /// The calls that a database has as admitted, one that nobody has open: a log is read that lies beside it.
    static func admittedCalls(_ path: String) throws -> Int? {
        Int(try answer("SELECT sum(calls) FROM usage_hour WHERE outcome = 1", path, options: []))
    }

    /// Whether the table of sums says what the cells say.
    static func usageEqualsCells(_ path: String) throws -> Bool {
        let query = """
            SELECT count(*) FROM (
              SELECT hour, dimension_id, outcome, sum(calls) c, sum(units) u FROM cell GROUP BY 1, 2, 3
              EXCEPT SELECT hour, dimension_id, outcome, calls, units FROM usage_hour)
            """
        return try answer(query, path) == "0"
    }

    /// The number that a query of one row and column has for an answer.
    static func number(_ query: String, _ path: String) throws -> Int? { Int(try answer(query, path)) }

    /// What sqlite3's own shell answers; empty when it fails.
    private static func answer(
        _ query: String, _ path: String, options: [String] = ["-readonly"]
    ) throws -> String {
        let directory = try TemporaryDirectory()
        let shell = try RunningProgram("sqlite3", options + [path, query], in: directory)
        return shell.wait() == 0 ? shell.log.trimmingCharacters(in: .whitespacesAndNewlines) : ""
    }
}
