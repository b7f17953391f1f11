/// What a meter came to in an hour of a subscription, as it was learned.
package struct ExportEntry: Equatable, Sendable {
    /// Its place in the log.
    package let number: Int64
    package let subscription: String
    package let consumer: String
    /// What the seller calls the consumer; empty for nothing.
    package let externalID: String
    package let consumerName: String
    package let meter: String
    /// In hours since 1970.
    package let hour: Int64
    /// 1 for the first that was learned of the hour.
    package let revision: Int64
    /// Units of the hour in all: calls, bytes or units.
    package let value: Int64
    /// What it is more than the revision before, below 0 for less: for those who add up.
    package let change: Int64

    /// What the entry is known by wherever it is sent: it follows from subscription, meter, hour and revision.
    package var identifier: String {
        Identifier.derived(.export, from: "\(subscription)/\(meter)/\(hour)/\(revision)")
    }

    static let columns = """
        export_entry.number, export_entry.subscription_id, export_entry.consumer_id, consumer.external_id, consumer.name,
        export_entry.meter, export_entry.hour, export_entry.revision, export_entry.value, export_entry.change
        """

    init(_ row: SQLRow) throws(StoreError) {
        var reader = RowReader(row)
        number = try reader.integer()
        subscription = try reader.text()
        consumer = try reader.text()
        externalID = try reader.text()
        consumerName = try reader.text()
        meter = try reader.text()
        hour = try reader.integer()
        revision = try reader.integer()
        value = try reader.integer()
        change = try reader.integer()
    }
}
