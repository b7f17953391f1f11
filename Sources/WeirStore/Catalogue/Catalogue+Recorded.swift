/// What happened: events, the audit, and how far each consumer has come.
extension Catalogue {
    /// A change that somebody made.
    package struct AuditEntry: Equatable, Sendable {
        package var id: Int64
        package var at: Int64
        package var actor: String
        package var action: String
        package var subject: String
        package var before: String
        package var after: String
    }

    /// Something that others may want to hear of.
    package struct Event: Equatable, Sendable {
        package var id: Int64
        package var at: Int64
        package var kind: String
        package var consumer: String
        package var subject: String
        package var detail: String
    }

    /// How far a consumer has come; times in seconds since 1970, to the hour where they come from usage.
    package struct Funnel: Equatable, Sendable {
        package var signedUp: Int64
        package var firstKey: Int64?
        package var firstOK: Int64?
        package var firstPaid: Int64?
        package var lastCall: Int64?
    }

    /// Notes an event.
    package func note(_ kind: String, consumer: String, subject: String, _ detail: String = "") throws(StoreError) {
        _ = try connection.run(
            "INSERT INTO event (at, kind, consumer_id, subject, detail) VALUES ($1, $2, $3, $4, $5)",
            [.integer(now), .text(kind), .text(consumer), .text(subject), .text(detail)])
    }

    /// Notes that a consumer has paid.
    package func notePayment(of consumer: String) throws(StoreError) {
        _ = try connection.run(
            "UPDATE funnel SET first_paid_at = $1 WHERE consumer_id = $2 AND first_paid_at IS NULL",
            [.integer(now), .text(consumer)])
    }

    package func audit(_ actor: String, _ action: String, _ subject: String, before: String, after: String)
        throws(StoreError)
    {
        _ = try connection.run(
            "INSERT INTO audit (at, actor, action, subject, before_text, after_text) VALUES ($1, $2, $3, $4, $5, $6)",
            [.integer(now), .text(actor), .text(action), .text(subject), .text(before), .text(after)])
    }

    /// Whether something was done to a subject before.
    package func hasAudit(of subject: String, _ action: String) throws(StoreError) -> Bool {
        try !connection.run(
            "SELECT id FROM audit WHERE subject = $1 AND action = $2 LIMIT 1", [.text(subject), .text(action)]
        ).isEmpty
    }

    /// Entries behind an id, the oldest first; of one subject where it is given.
    package func audit(of subject: String?, after: Int64, limit: Int) throws(StoreError) -> [AuditEntry] {
        var values: [SQLValue] = [.integer(after)]
        var text = "SELECT id, at, actor, action, subject, before_text, after_text FROM audit WHERE id > $1"
        if let subject {
            values.append(.text(subject))
            text += " AND subject = $2"
        }
        values.append(.integer(Int64(limit)))
        text += " ORDER BY id LIMIT $\(values.count)"
        return try connection.run(text, values).map { row throws(StoreError) in
            AuditEntry(
                id: try row.integer(0), at: try row.integer(1), actor: try row.text(2), action: try row.text(3),
                subject: try row.text(4), before: try row.text(5), after: try row.text(6))
        }
    }

    /// Events behind an id, the oldest first; of one consumer where it is given.
    package func events(of consumer: String?, after: Int64, limit: Int) throws(StoreError) -> [Event] {
        var values: [SQLValue] = [.integer(after)]
        var text = "SELECT id, at, kind, consumer_id, subject, detail FROM event WHERE id > $1"
        if let consumer {
            values.append(.text(consumer))
            text += " AND consumer_id = $2"
        }
        values.append(.integer(Int64(limit)))
        text += " ORDER BY id LIMIT $\(values.count)"
        return try connection.run(text, values).map { row throws(StoreError) in
            Event(
                id: try row.integer(0), at: try row.integer(1), kind: try row.text(2), consumer: try row.text(3),
                subject: try row.text(4), detail: try row.text(5))
        }
    }

    package func funnel(of consumer: String) throws(StoreError) -> Funnel? {
        let rows = try connection.run(
            "SELECT signed_up_at, first_key_at, first_ok_at, first_paid_at, last_call_at FROM funnel WHERE consumer_id = $1",
            [.text(consumer)])
        guard let row = rows.first else { return nil }
        var reader = RowReader(row)
        return Funnel(
            signedUp: try reader.integer(), firstKey: try reader.optionalInteger(),
            firstOK: try reader.optionalInteger(),
            firstPaid: try reader.optionalInteger(), lastCall: try reader.optionalInteger())
    }

    /// How often each hour of a contract's usage has changed.
    package func outbox(since at: Int64, limit: Int) throws(StoreError) -> [(
        hour: Int64, dimension: Int64, revision: Int64
    )] {
        try connection.run(
            "SELECT hour, dimension_id, revision FROM outbox WHERE changed_at >= $1 ORDER BY hour, dimension_id LIMIT $2",
            [.integer(at), .integer(Int64(limit))]
        ).map { row throws(StoreError) in (try row.integer(0), try row.integer(1), try row.integer(2)) }
    }
}
