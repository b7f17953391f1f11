import WeirStore

/// A consumer as the API shows it.
enum ConsumerView {
    static let states = ConsumerRow.State.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"),
        Field("external_id", .nullable(.text(1...128)), "what the seller's own books call it"),
        Field("name", .text(1...200), "its name for people"), Field("email", .nullable(.email), "where to write to"),
        Field(
            "currency", .nullable(.currency), "the currency of everything that it buys; none until the first contract"),
        Field("zone", .zone, "the time zone of its calendar"),
        Field("credit_limit", .amount, "how far post-paid usage may go"),
        Field("state", .choice(states), "whether its keys work"), Field("created_at", .time, "when it signed up"),
    ]

    static func json(_ row: ConsumerRow) -> JSONValue {
        [
            "id": .text(row.id), "external_id": JSONValue(row.externalID), "name": .text(row.name),
            "email": row.email.isEmpty ? .null : .text(row.email),
            "currency": row.currency.isEmpty ? .null : .text(row.currency), "zone": .text(row.zone),
            "credit_limit": .amount(row.creditLimitNano, row.currency), "state": .text(row.state.rawValue),
            "created_at": .time(row.createdAt),
        ]
    }

    static let detailFields =
        fields + [
            Field(
                "funnel",
                .object([
                    Field("signed_up_at", .time, "when it signed up"),
                    Field("first_key_at", .nullable(.time), "its first key"),
                    Field("first_2xx_at", .nullable(.time), "the hour of its first successful call"),
                    Field("first_payment_at", .nullable(.time), "its first payment"),
                    Field("last_call_at", .nullable(.time), "its last call, to the hour"),
                ]), "how far it has come")
        ]

    static func json(_ row: ConsumerRow, _ funnel: Catalogue.Funnel?) -> JSONValue {
        json(row).with([
            "funnel": [
                "signed_up_at": .time(funnel?.signedUp ?? row.createdAt), "first_key_at": .time(funnel?.firstKey),
                "first_2xx_at": .time(funnel?.firstOK), "first_payment_at": .time(funnel?.firstPaid),
                "last_call_at": .time(funnel?.lastCall),
            ]
        ])
    }
}
