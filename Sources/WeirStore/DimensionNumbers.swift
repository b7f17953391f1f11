import WeirCore

/// The numbers that the database has given to combinations of dimensions; new ones get theirs.
struct DimensionNumbers {
    private static let columns = "contract, consumer, plan, api_key, product, route, grant_id"

    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// One number for each element.
    func numbers(of all: [Dimensions]) throws(StoreError) -> [Int64] {
        // By bytes, as databases compare: texts that Swift takes for equal are different usage.
        var places: [[UInt8]: Int] = [:]
        var distinct: [[SQLValue]] = []
        let indices = all.map { dimensions in
            let bytes = Self.bytes(dimensions)
            if let place = places[bytes] { return place }
            places[bytes] = distinct.count
            distinct.append(Self.values(dimensions))
            return distinct.count - 1
        }
        var numbers = [Int64?](repeating: nil, count: distinct.count)
        try find(Array(distinct.indices), distinct, &numbers)
        let missing = numbers.indices.filter { numbers[$0] == nil }
        if !missing.isEmpty {
            try insert(missing.map { distinct[$0] })
            try find(missing, distinct, &numbers)
        }
        var result: [Int64] = []
        result.reserveCapacity(all.count)
        for index in indices {
            guard let number = numbers[index] else { throw StoreError(.failed, "a row of dimension is gone") }
            result.append(number)
        }
        return result
    }

    private func find(
        _ wanted: [Int], _ rows: [[SQLValue]], _ numbers: inout [Int64?]
    ) throws(StoreError) {
        var statement = RowStatement(
            "WITH given (place, \(Self.columns)) AS (VALUES", columns: 8,
            """
            ) SELECT given.place, dimension.id FROM given CROSS JOIN dimension
            WHERE dimension.contract = given.contract AND dimension.consumer = given.consumer
            AND dimension.plan = given.plan AND dimension.api_key = given.api_key
            AND dimension.product = given.product AND dimension.route = given.route
            AND dimension.grant_id = given.grant_id
            """)
        for run in RowStatement.runs(of: wanted) {
            let values = run.flatMap { [.integer(Int64($0))] + rows[$0] }
            for row in try connection.run(statement.text(rows: run.count), values) {
                numbers[Int(try row.integer(0))] = try row.integer(1)
            }
        }
    }

    private func insert(_ rows: [[SQLValue]]) throws(StoreError) {
        var statement = RowStatement(
            "INSERT INTO dimension (\(Self.columns)) VALUES", columns: 7,
            "ON CONFLICT (\(Self.columns)) DO NOTHING")
        for run in RowStatement.runs(of: rows) {
            _ = try connection.run(statement.text(rows: run.count), run.flatMap(\.self))
        }
    }

    private static func texts(_ dimensions: Dimensions) -> [String] {
        [
            dimensions.contract, dimensions.consumer, dimensions.plan, dimensions.key, dimensions.product,
            dimensions.route, dimensions.grant,
        ]
    }

    /// The texts one after the other, apart by a byte that no text has.
    private static func bytes(_ dimensions: Dimensions) -> [UInt8] {
        var bytes: [UInt8] = []
        for text in texts(dimensions) {
            bytes.append(contentsOf: text.utf8)
            bytes.append(0xff)
        }
        return bytes
    }

    private static func values(_ dimensions: Dimensions) -> [SQLValue] {
        texts(dimensions).map { text in
            // Databases hold no zero byte, and a batch that has one would come again for ever.
            .text(text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{fffd}" : $0 }) : text)
        }
    }
}
