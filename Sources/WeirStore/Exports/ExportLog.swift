/// The log of what exporters send: each closed hour of a subscription's meter, as often as it changes. A value lives as long as its
/// transaction.
///
/// An hour that is closed is read once it has changed, and what it comes to becomes an entry that never changes. So an entry that is
/// sent twice is the same twice, and whoever knows its identifier knows it.
package struct ExportLog {
    private let catalogue: Catalogue
    private var connection: any SQLConnection { catalogue.connection }

    package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    // MARK: Reading

    /// Entries behind a place, in their order.
    package func entries(after number: Int64, limit: Int) throws(StoreError) -> [ExportEntry] {
        try connection.run(
            """
            SELECT \(ExportEntry.columns) FROM export_entry JOIN consumer ON consumer.id = export_entry.consumer_id
            WHERE export_entry.number > $1 ORDER BY export_entry.number LIMIT $2
            """, [.integer(number), .integer(Int64(limit))]
        ).map { row throws(StoreError) in try ExportEntry(row) }
    }

    /// The last entry that an exporter has written for good; 0 for none.
    package func position(of exporter: String) throws(StoreError) -> Int64 {
        try connection.run("SELECT number FROM exporter WHERE name = $1", [.text(exporter)]).first.map {
            row throws(StoreError) in try row.integer(0)
        } ?? 0
    }

    /// Notes how far an exporter has come; it never goes back.
    ///
    /// - Returns: where it stands then.
    package func confirm(_ exporter: String, _ number: Int64) throws(StoreError) -> Int64 {
        let last = try connection.run("SELECT number FROM export_head WHERE id = 1")[0].integer(0)
        guard number <= last else {
            throw .refused(
                .invalid, "cursor", "expected at most \(last), the last entry that there is, found \(number)")
        }
        _ = try connection.run(
            """
            INSERT INTO exporter (name, number, confirmed_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET number = excluded.number, confirmed_at = excluded.confirmed_at
            WHERE excluded.number > exporter.number
            """, [.text(exporter), .integer(number), .integer(catalogue.now)])
        return try position(of: exporter)
    }

    // MARK: Writing

    /// Where something has changed that the log does not have.
    private struct Place {
        let hour: Int64
        let dimension: Int64
        let revision: Int64
        let subscription: String
    }

    /// Takes up closed hours that have changed; a part of them at a time.
    ///
    /// - Returns: how many places it was; fewer than `limit` when it is done.
    package func advance(limit: Int) throws(StoreError) -> Int {
        let places = try due(limit)
        guard !places.isEmpty else { return 0 }
        // Others that write the log wait here.
        _ = try connection.run("UPDATE export_head SET number = number WHERE id = 1")
        var meters = BilledMeters(catalogue)
        var done: Set<String> = []
        for place in places where done.insert("\(place.hour) \(place.subscription)").inserted {
            guard let subscription = try catalogue.find(SubscriptionRow.self, "id", place.subscription) else {
                continue
            }
            try write(try values(place, &meters), place.hour, subscription)
        }
        for place in places {
            _ = try connection.run(
                "UPDATE outbox SET taken = $1 WHERE hour = $2 AND dimension_id = $3",
                [.integer(place.revision), .integer(place.hour), .integer(place.dimension)])
        }
        return places.count
    }

    private func due(_ limit: Int) throws(StoreError) -> [Place] {
        try connection.run(
            """
            SELECT outbox.hour, outbox.dimension_id, outbox.revision, dimension.contract
            FROM outbox JOIN dimension ON dimension.id = outbox.dimension_id
            WHERE outbox.taken < outbox.revision AND outbox.hour < $1
            ORDER BY outbox.hour, outbox.dimension_id LIMIT $2
            """, [.integer(ExportHours.firstOpen(at: catalogue.now)), .integer(Int64(limit))]
        ).map { row throws(StoreError) in
            Place(
                hour: try row.integer(0), dimension: try row.integer(1), revision: try row.integer(2),
                subscription: BilledMeters.subscription(of: try row.text(3)))
        }
    }

    /// What each meter of a subscription comes to in an hour.
    private func values(_ place: Place, _ meters: inout BilledMeters) throws(StoreError) -> [String: Int64] {
        // All its periods: `sub_…/` and what begins with it.
        let rows = try connection.run(
            """
            SELECT dimension.contract, dimension.grant_id, CAST(sum(\(GrantSpending.signedUnits("usage_hour"))) AS BIGINT),
                CAST(sum(CASE WHEN usage_hour.outcome = 1 THEN usage_hour.calls ELSE 0 END) AS BIGINT)
            FROM dimension JOIN usage_hour ON usage_hour.dimension_id = dimension.id
            WHERE dimension.contract >= $1 AND dimension.contract < $2 AND usage_hour.hour = $3
            GROUP BY dimension.contract, dimension.grant_id ORDER BY dimension.contract, dimension.grant_id
            """, [.text("\(place.subscription)/"), .text("\(place.subscription)0"), .integer(place.hour)])
        var values: [String: Int64] = [:]
        for row in rows {
            let (contract, grant) = (try row.text(0), try row.text(1))
            if let meter = try meters.meter(of: grant, in: contract) {
                values[meter, default: 0] += try row.integer(2)
            } else if try meters.countsCalls(contract) {
                values[BilledMeters.calls, default: 0] += try row.integer(3)
            }
        }
        return values
    }

    private func write(_ values: [String: Int64], _ hour: Int64, _ subscription: SubscriptionRow) throws(StoreError) {
        var known: [String: (revision: Int64, value: Int64)] = [:]
        let rows = try connection.run(
            """
            SELECT meter, revision, value FROM export_entry WHERE subscription_id = $1 AND hour = $2 ORDER BY revision
            """, [.text(subscription.id), .integer(hour)])
        for row in rows { known[try row.text(0)] = (try row.integer(1), try row.integer(2)) }
        for (meter, value) in values.sorted(by: { $0.key < $1.key }) {
            let before = known[meter] ?? (0, 0)
            guard value != before.value else { continue }
            let number = try connection.run(
                "UPDATE export_head SET number = number + 1 WHERE id = 1 RETURNING number")[0].integer(0)
            _ = try connection.run(
                """
                INSERT INTO export_entry (number, subscription_id, consumer_id, meter, hour, revision, value, change, made_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                [
                    .integer(number), .text(subscription.id), .text(subscription.consumerID), .text(meter),
                    .integer(hour), .integer(before.revision + 1), .integer(value), .integer(value - before.value),
                    .integer(catalogue.now),
                ])
        }
    }
}
