import WeirStore

/// A contract as the API shows it.
enum SubscriptionView {
    static let states = SubscriptionRow.State.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"), Field("consumer", .reference, "the id of its consumer"),
        Field("plan", .reference, "the id of the plan's version"),
        Field("period", .integer(1...4_000_000_000), "the number of the period that runs"),
        Field("state", .choice(states), "whether it is good"), Field("starts_at", .time, "its start"),
        Field("ends_at", .nullable(.time), "its end"), Field("accepted_by", .text(1...200), "who agreed to the plan"),
        Field("accepted_at", .time, "when that was"), Field("created_at", .time, "when it was made"),
    ]

    static let keyedFields =
        fields + [Field(optional: "key", .object(KeyView.mintedFields), "the key that was asked for with it")]

    static func json(_ row: SubscriptionRow) -> JSONValue {
        [
            "id": .text(row.id), "consumer": .text(row.consumerID), "plan": .text(row.planID),
            "period": .integer(row.period), "state": .text(row.state.rawValue), "starts_at": .time(row.startsAt),
            "ends_at": .time(row.endsAt), "accepted_by": .text(row.acceptedBy), "accepted_at": .time(row.acceptedAt),
            "created_at": .time(row.createdAt),
        ]
    }
}
