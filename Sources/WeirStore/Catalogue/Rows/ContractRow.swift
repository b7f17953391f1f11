package import WeirBilling

/// A subscription in one of its periods, as it is stored: what usage and invoice lines are of.
package struct ContractRow: CatalogueRow {
    /// `sub_…/3`, as usage cells carry it.
    package var id: String
    package var subscriptionID: String
    package var number: Int64
    package var planID: String
    package var startsAt: Int64
    /// The first second that is not of it; nil while nobody knows.
    package var endsAt: Int64?
    /// Where its calendar's period begins: `startsAt`, or before it.
    package var wholeStart: Int64
    package var isTrial: Bool
    /// When it was ended for ever; nil while it is in force or to come.
    package var closedAt: Int64?

    package static let table = "contract"
    package static let columns = [
        "id", "subscription_id", "number", "plan_id", "starts_at", "ends_at", "whole_start", "is_trial", "closed_at",
    ]

    package init(_ contract: Contract, planID: String, closedAt: Int64? = nil) {
        id = contract.name
        subscriptionID = contract.subscription
        number = contract.number
        self.planID = planID
        startsAt = contract.start
        endsAt = contract.end
        wholeStart = contract.wholeStart
        isTrial = contract.isTrial
        self.closedAt = closedAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        subscriptionID = try row.text()
        number = try row.integer()
        planID = try row.text()
        startsAt = try row.integer()
        endsAt = try row.optionalInteger()
        wholeStart = try row.integer()
        isTrial = try row.integer() != 0
        closedAt = try row.optionalInteger()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(subscriptionID), .integer(number), .text(planID), .integer(startsAt),
            .integer(optional: endsAt), .integer(wholeStart), .integer(isTrial ? 1 : 0), .integer(optional: closedAt),
        ]
    }

    /// The same as a value of the billing model.
    package var contract: Contract {
        Contract(
            subscription: subscriptionID, number: number, start: startsAt, end: endsAt, wholeStart: wholeStart,
            isTrial: isTrial)
    }
}
