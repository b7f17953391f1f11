import WeirBilling
import WeirStore

/// A contract as the API shows it.
enum SubscriptionView {
    static let states = SubscriptionRow.State.allCases.map(\.rawValue)
    private static let standings = SubscriptionStanding.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"), Field("consumer", .reference, "the id of its consumer"),
        Field("plan", .reference, "the id of the plan's version"),
        Field("period", .integer(1...4_000_000_000), "the number of the period that runs, or of the last one"),
        Field("period_starts_at", .time, "its first second"),
        Field("period_ends_at", .nullable(.time), "the first second behind it; none of packages"),
        Field("trial", .flag, "whether it is a trial"), Field("state", .choice(states), "whether it is good"),
        Field("standing", .choice(standings), "the same, with trials told apart"),
        Field(
            "next", .choice(SubscriptionDetail.Next.allCases.map(\.rawValue)), "what happens at the period's end"),
        Field("next_at", .nullable(.time), "when that is"),
        Field("next_plan", .nullable(.reference), "the id of the plan's version that is in force then"),
        Field("due_since", .nullable(.time), "since when something is due"),
        Field("due", .amount, "what is due"), Field("credit", .amount, "what was given back, for the next fee"),
        Field("currency", .currency, "the currency of both"), Field("starts_at", .time, "its start"),
        Field("ends_at", .nullable(.time), "its end, where one is known"),
        Field("accepted_by", .text(1...200), "who agreed to the plan"),
        Field("accepted_at", .time, "when that was"), Field("created_at", .time, "when it was made"),
    ]

    static let keyedFields =
        fields + [Field(optional: "key", .object(KeyView.mintedFields), "the key that was asked for with it")]

    static let changedFields =
        fields + [
            Field(
                "change",
                .object([
                    Field("when", .choice(["now", "period_end"]), "at once, or at the period's end"),
                    Field("at", .time, "when the new plan begins"),
                    Field("charge", .amount, "the fee of its first period"),
                    Field("credit", .amount, "what of the old fee is given back"),
                    Field("currency", .currency, "the currency of both"),
                ]), "what it costs")
        ]

    static func json(_ detail: SubscriptionDetail) -> JSONValue {
        let (row, contract, currency) = (detail.row, detail.contract, detail.due.currency.code)
        return [
            "id": .text(row.id), "consumer": .text(row.consumerID), "plan": .text(row.planID),
            "period": .integer(row.period), "period_starts_at": .time(contract.start),
            "period_ends_at": .time(contract.end), "trial": .bool(contract.isTrial),
            "state": .text(row.state.rawValue), "standing": .text(detail.standing.rawValue),
            "next": .text(detail.next.rawValue), "next_at": .time(detail.nextAt),
            "next_plan": JSONValue(detail.nextPlanID), "due_since": .time(detail.dueSince),
            "due": .amount(max(0, detail.due.nano), currency), "credit": .amount(max(0, -detail.due.nano), currency),
            "currency": .text(currency), "starts_at": .time(row.startsAt), "ends_at": .time(row.endsAt),
            "accepted_by": .text(row.acceptedBy), "accepted_at": .time(row.acceptedAt),
            "created_at": .time(row.createdAt),
        ]
    }

    /// What the audit keeps of it.
    static func plain(_ row: SubscriptionRow) -> JSONValue {
        [
            "id": .text(row.id), "consumer": .text(row.consumerID), "plan": .text(row.planID),
            "period": .integer(row.period), "state": .text(row.state.rawValue), "ends_at": .time(row.endsAt),
        ]
    }

    static func json(_ terms: Contracts.ChangeTerms) -> JSONValue {
        let currency = terms.charge.currency.code
        return [
            "when": terms.when == .now ? "now" : "period_end", "at": .time(terms.at),
            "charge": .amount(terms.charge.nano, currency), "credit": .amount(terms.credit.nano, currency),
            "currency": .text(currency),
        ]
    }
}
