import WeirCore

/// The batches that are taken in: each hour's cells come new once and grown once, as agents send them.
struct IngestLoad: Sendable {
    private static let firstHour: UInt32 = 491_640
    private static let outcomes: [Outcome] = [.admitted, .resolved, .status(200), .status(404), .denied(.rate)]

    /// Cells of each batch.
    let cells: Int
    /// What the consumers' names begin with.
    let prefix: String

    let incarnation: Hash128

    init(cells: Int, prefix: String) {
        self.cells = cells
        self.prefix = prefix
        incarnation = Hash128(deriving: prefix)
    }

    /// The batch of a round.
    func batch(_ round: Int) -> [Cell] {
        (0..<cells).map { number in
            var dimensions = Dimensions()
            let place = number / Self.outcomes.count
            dimensions.contract = "sub_01jd0000000000000000000000/7"
            dimensions.consumer = consumer(place)
            dimensions.plan = "starter"
            dimensions.key = "key_01jd0000000000000000000000"
            dimensions.product = "weather"
            dimensions.route = "route-\(place % 4)"
            let calls = UInt64(round + 1) * 100 + UInt64(number % 7)
            return Cell(
                key: Hash128(low: UInt64(number), high: 1), dimensions: dimensions,
                hour: Self.firstHour + UInt32(round / 2), outcome: Self.outcomes[number % Self.outcomes.count],
                totals: Totals(calls: calls, bytesIn: calls * 300, bytesOut: calls * 9_000, units: calls))
        }
    }

    private func consumer(_ place: Int) -> String { "\(prefix)-\(place / 4)" }

    /// The same batch as rows for statements that only write: `numbers` has each dimension's number by consumer and route.
    func rows(_ round: Int, incarnation: Int64, numbers: [String: Int64]) -> [(cell: [Int64], growth: [Int64])] {
        let earlier = round % 2 == 1 ? batch(round - 1) : []
        return batch(round).enumerated().map { index, cell in
            let number = numbers["\(cell.dimensions.consumer)/\(cell.dimensions.route)"] ?? 0
            let before = earlier.isEmpty ? Totals() : earlier[index].totals
            let place = [number, Int64(cell.hour), Int64(cell.outcome.rawValue)]
            return (
                [incarnation] + place + Self.values(cell.totals, since: Totals()),
                place + Self.values(cell.totals, since: before)
            )
        }
    }

    private static func values(_ totals: Totals, since earlier: Totals) -> [Int64] {
        [
            Int64(totals.calls - earlier.calls), Int64(totals.units - earlier.units),
            Int64(totals.bytesIn - earlier.bytesIn), Int64(totals.bytesOut - earlier.bytesOut),
        ]
    }

    /// What a bare loop runs for each cell: its row, and the sums of its hour.
    static let writeCell = """
        INSERT INTO cell (incarnation_id, dimension_id, hour, outcome, calls, units, bytes_in, bytes_out)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (incarnation_id, dimension_id, hour, outcome) DO UPDATE SET
            calls = excluded.calls, units = excluded.units, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out
        """
    static let addGrowth = """
        INSERT INTO usage_hour (dimension_id, hour, outcome, calls, units, bytes_in, bytes_out)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (hour, dimension_id, outcome) DO UPDATE SET
            calls = usage_hour.calls + excluded.calls, units = usage_hour.units + excluded.units,
            bytes_in = usage_hour.bytes_in + excluded.bytes_in, bytes_out = usage_hour.bytes_out + excluded.bytes_out
        """
}
