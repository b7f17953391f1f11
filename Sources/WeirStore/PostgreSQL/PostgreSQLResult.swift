import CLibpq

/// An answer of the server.
final class PostgreSQLResult {
    private let raw: OpaquePointer

    /// Takes the answer over.
    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }

    /// What was done: `COMMIT`, `ROLLBACK`, `INSERT 0 1`.
    var tag: String { PQcmdStatus(raw).map { String(cString: $0) } ?? "" }

    // MARK: Failure

    /// Why the statement failed; nil when it did not.
    func failure(isBroken: Bool) -> PostgreSQLFailure? {
        switch PQresultStatus(raw) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return nil
        case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR, PGRES_BAD_RESPONSE: break
        default: return PostgreSQLFailure("a statement that copies", isBroken: true)
        }
        let state = field("C")
        let message = field("M") ?? PQresultErrorMessage(raw).map { Self.oneLine(String(cString: $0)) } ?? ""
        return PostgreSQLFailure(
            state: state ?? "", message.isEmpty ? "the connection is lost" : message,
            // libpq's own word for a connection that ended has no SQLSTATE.
            isBroken: isBroken || state == nil, hourWithoutPartition: hourWithoutPartition(state))
    }

    /// A row of `usage_hour` that has no partition: no constraint's name, and the key in the detail, `(hour) = (N)`, whatever
    /// the server's language.
    private func hourWithoutPartition(_ state: String?) -> Int64? {
        guard state == "23514", field("t") == UsagePartition.table, field("n") == nil, let detail = field("D") else {
            return nil
        }
        guard let start = detail.firstRange(of: "(hour) = (")?.upperBound else { return nil }
        return Int64(detail[start...].prefix { $0 == "-" || $0.isNumber })
    }

    /// A field of an error by its letter in the protocol.
    private func field(_ letter: Character) -> String? {
        PQresultErrorField(raw, Int32(letter.asciiValue ?? 0)).map { String(cString: $0) }
    }

    private static func oneLine(_ text: String) -> String {
        text.split { $0.isNewline }.map { $0.drop { $0.isWhitespace } }.joined(separator: " ")
    }

    // MARK: Rows

    /// Its rows, with integers wherever SQLite has them.
    func rows() throws(PostgreSQLFailure) -> [SQLRow] {
        let (rowCount, columnCount) = (PQntuples(raw), PQnfields(raw))
        let types = (0..<columnCount).map { PQftype(raw, $0) }
        var rows: [SQLRow] = []
        rows.reserveCapacity(Int(rowCount))
        for row in 0..<rowCount {
            var values: [SQLValue] = []
            values.reserveCapacity(Int(columnCount))
            for column in 0..<columnCount { values.append(try value(row, column, types[Int(column)])) }
            rows.append(SQLRow(values))
        }
        return rows
    }

    private func value(_ row: Int32, _ column: Int32, _ type: UInt32) throws(PostgreSQLFailure) -> SQLValue {
        if PQgetisnull(raw, row, column) == 1 { return .null }
        let bytes = UnsafeBufferPointer(
            start: PQgetvalue(raw, row, column), count: Int(PQgetlength(raw, row, column)))
        let text = bytes.withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
        switch type {
        case 16: return .integer(text == "t" ? 1 : 0)
        // int8, int2, int4, oid; numeric, which sums of int8 are.
        case 20, 21, 23, 26, 1700:
            guard let number = Int64(text) else {
                throw PostgreSQLFailure("column \(column) is beyond 64 bits, or no whole number")
            }
            return .integer(number)
        default: return .text(text)
        }
    }
}
