/// What is sold, to whom, under which contract: questions and changes inside one transaction.
///
/// A value lives as long as the transaction that it was made in. Names of tables and columns come from the program, values are
/// always bound.
package struct Catalogue {
    package let connection: any SQLConnection
    /// Seconds since 1970.
    package let now: Int64
    let identifier: Identifier

    package init(_ connection: any SQLConnection, now: Int64, identifier: Identifier) {
        self.connection = connection
        self.now = now
        self.identifier = identifier
    }

    // MARK: Versions

    /// The version of the last change that agents are told of.
    package func policyVersion() throws(StoreError) -> Int64 {
        try connection.run("SELECT version FROM policy_version WHERE id = 1")[0].integer(0)
    }

    /// The version of a change: changes that are made at once follow one another here.
    func nextVersion() throws(StoreError) -> Int64 {
        try connection.run("UPDATE policy_version SET version = version + 1 WHERE id = 1 RETURNING version")[0].integer(
            0)
    }

    // MARK: Rows

    /// The row whose column holds a value.
    package func find<Row: CatalogueRow>(
        _ type: Row.Type, _ column: String = "id", _ value: String
    ) throws(StoreError) -> Row? {
        try first(type, where: [(column, .text(value))])
    }

    func first<Row: CatalogueRow>(
        _ type: Row.Type, where filters: [(column: String, value: SQLValue)]
    ) throws(StoreError) -> Row? {
        try list(type, where: filters, limit: 1).first
    }

    /// Rows in the order of their ids, which is that in which they were made.
    ///
    /// - Parameters:
    ///   - filters: columns and what they have to hold.
    ///   - after: the id behind which the list begins.
    ///   - sold: a condition of the same table with `$` in place of a text, and the text.
    package func list<Row: CatalogueRow>(
        _ type: Row.Type, where filters: [(column: String, value: SQLValue)] = [], after: String = "",
        sold: (condition: StaticString, by: String)? = nil, limit: Int
    ) throws(StoreError) -> [Row] {
        var values: [SQLValue] = [.text(after)]
        var text = "SELECT \(type.columns.joined(separator: ", ")) FROM \(type.table) WHERE id > $1"
        for filter in filters {
            values.append(filter.value)
            text += " AND \(filter.column) = $\(values.count)"
        }
        if let sold {
            values.append(.text(sold.by))
            text += " AND \("\(sold.condition)".split(separator: "$").joined(separator: "$\(values.count)"))"
        }
        values.append(.integer(Int64(limit)))
        text += " ORDER BY id LIMIT $\(values.count)"
        return try connection.run(text, values).map { row throws(StoreError) in
            var reader = RowReader(row)
            return try Row(&reader)
        }
    }

    /// Rows that have changed since a version, in the order of their changes.
    func changed<Row: PolicyRow>(_ type: Row.Type, since version: Int64) throws(StoreError) -> [Row] {
        try connection.run(
            """
            SELECT \(type.columns.joined(separator: ", ")) FROM \(type.table) WHERE version > $1 ORDER BY version, id
            """, [.integer(version)]
        ).map { row throws(StoreError) in
            var reader = RowReader(row)
            return try Row(&reader)
        }
    }

    func insert<Row: CatalogueRow>(_ record: Row) throws(StoreError) {
        let places = record.values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        _ = try connection.run(
            "INSERT INTO \(Row.table) (\(Row.columns.joined(separator: ", "))) VALUES (\(places))", record.values)
    }

    /// Inserts a row that agents are told of.
    func insert<Row: PolicyRow>(versioned record: Row) throws(StoreError) -> Row {
        var record = record
        record.version = try nextVersion()
        try insert(record)
        return record
    }

    /// Writes all columns of a row that is there.
    func update<Row: CatalogueRow>(_ record: Row) throws(StoreError) {
        let sets = Row.columns.dropFirst().enumerated().map { "\($0.element) = $\($0.offset + 1)" }
        _ = try connection.run(
            "UPDATE \(Row.table) SET \(sets.joined(separator: ", ")) WHERE id = $\(Row.columns.count)",
            Array(record.values.dropFirst()) + [record.values[0]])
    }

    /// Writes a row that agents are told of.
    func update<Row: PolicyRow>(versioned record: Row) throws(StoreError) -> Row {
        var record = record
        record.version = try nextVersion()
        try update(record)
        return record
    }

    /// Takes a row away, and notes for agents that it is gone.
    func remove<Row: PolicyRow>(_ record: Row, kind: String) throws(StoreError) {
        _ = try connection.run("DELETE FROM \(Row.table) WHERE id = $1", [.text(record.id)])
        _ = try connection.run(
            "INSERT INTO gone (id, kind, version) VALUES ($1, $2, $3)",
            [.text(record.id), .text(kind), .integer(try nextVersion())])
    }

    // MARK: References

    /// The row that a field refers to, by its id or by a name of its own.
    ///
    /// - Throws: a refusal that names the field.
    func referred<Row: CatalogueRow>(
        _ type: Row.Type, _ kind: Identifier.Kind, _ reference: String, or column: String?, field: String,
        refusal: Refusal.Kind = .invalid
    ) throws(StoreError) -> Row {
        if Identifier.isWellFormed(reference, kind), let found = try find(type, "id", reference) { return found }
        if let column, let found = try find(type, column, reference) { return found }
        let also = column.map { " or \($0)" } ?? ""
        throw .refused(
            refusal, field,
            "expected the id\(also) of a \(type.table), found \"\(reference.prefix(80))\", which is none")
    }
}
