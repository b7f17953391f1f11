import WeirBilling
import WeirStore

/// How entries of the log of exports are written for those who take them. The specification is `protocol/exports.md`.
enum ExportFormat: String, CaseIterable, Sendable {
    /// Stripe's meter events, as its meter event stream takes them: a JSON object a line.
    case stripe
    /// The same for Stripe's upload of files.
    case stripeCSV = "stripe-csv"
    /// CloudEvents, a JSON object a line.
    case openmeter
    case csv

    var mediaType: String {
        switch self {
        case .stripe, .openmeter: "application/jsonl"
        case .stripeCSV, .csv: "text/csv; charset=utf-8"
        }
    }

    /// The exporter whose place it is where none is named: both forms of Stripe go to one Stripe.
    var exporter: String { self == .stripeCSV ? Self.stripe.rawValue : rawValue }

    /// What stands before the first entry of a file.
    var head: String {
        switch self {
        case .stripe, .openmeter: ""
        case .stripeCSV:
            CSVText.row(["identifier", "timestamp", "event_name", "payload_stripe_customer_id", "payload_value"])
        case .csv:
            CSVText.row([
                "hour", "subscription", "consumer_id", "consumer", "external_id", "meter", "units", "change",
                "revision",
                "identifier",
            ])
        }
    }

    func line(_ entry: ExportEntry) -> String {
        let start = entry.hour * 3_600
        switch self {
        case .stripe:
            let event: JSONValue = [
                "event_name": .text(entry.meter), "identifier": .text(entry.identifier), "timestamp": .time(start),
                "payload": ["stripe_customer_id": .text(entry.customer), "value": .text("\(entry.change)")],
            ]
            return event.string + "\n"
        case .stripeCSV:
            return CSVText.row([entry.identifier, "\(start)", entry.meter, entry.customer, "\(entry.change)"])
        case .openmeter:
            let event: JSONValue = [
                "specversion": "1.0", "type": .text(entry.meter), "id": .text(entry.identifier), "time": .time(start),
                "source": "weir", "subject": .text(entry.customer), "datacontenttype": "application/json",
                "data": [
                    "value": .integer(entry.change), "total": .integer(entry.value),
                    "revision": .integer(entry.revision), "subscription": .text(entry.subscription),
                ],
            ]
            return event.string + "\n"
        case .csv:
            return CSVText.row([
                WireTime.text(start), entry.subscription, entry.consumer, entry.consumerName, entry.externalID,
                entry.meter, "\(entry.value)", "\(entry.change)", "\(entry.revision)", entry.identifier,
            ])
        }
    }
}

extension ExportEntry {
    /// What others know the consumer by: the seller's name of it, or its id where there is none.
    fileprivate var customer: String { externalID.isEmpty ? consumer : externalID }
}
