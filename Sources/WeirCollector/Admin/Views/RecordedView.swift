import WeirStore

/// Entries of the audit, and events, as the API shows them.
enum RecordedView {
    static let auditFields = [
        Field("id", .integer(1...Int64.max), "its number"), Field("at", .time, "when"),
        Field("actor", .text(1...64), "the token that asked for it"), Field("action", .text(1...64), "what was done"),
        Field("subject", .text(0...128), "to what"), Field("before", .nullable(.object([])), "what it was"),
        Field("after", .nullable(.object([])), "what it is"),
    ]

    static let eventFields = [
        Field("id", .integer(1...Int64.max), "its number"), Field("at", .time, "when"),
        Field("kind", .text(1...64), "what happened"), Field("consumer", .reference, "to whom"),
        Field("subject", .text(0...128), "the id of what it is about"), Field("detail", .text(0...200), "more of it"),
    ]

    static func json(_ entry: Catalogue.AuditEntry) -> JSONValue {
        [
            "id": .integer(entry.id), "at": .time(entry.at), "actor": .text(entry.actor), "action": .text(entry.action),
            "subject": .text(entry.subject), "before": value(entry.before), "after": value(entry.after),
        ]
    }

    /// The audit keeps JSON; what is none any more is shown as text.
    private static func value(_ text: String) -> JSONValue {
        if text.isEmpty { return .null }
        return (try? JSONParser.parse(Array(text.utf8))) ?? ["text": .text(text)]
    }

    static func json(_ event: Catalogue.Event) -> JSONValue {
        [
            "id": .integer(event.id), "at": .time(event.at), "kind": .text(event.kind),
            "consumer": .text(event.consumer), "subject": .text(event.subject), "detail": .text(event.detail),
        ]
    }
}
