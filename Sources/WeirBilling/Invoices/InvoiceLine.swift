/// One line of an invoice. It holds what its amount was made of, so that it can be computed again.
package struct InvoiceLine: Hashable, Sendable {
    package let kind: Kind
    /// The name of the contract: `sub_01…/3`.
    package let contract: String
    package let plan: String
    package let planVersion: Int64
    /// nil where it is of no meter.
    package let meter: String?
    /// When what it charges was used, or is due for; the end is not in it.
    package let serviceStart: Int64
    package let serviceEnd: Int64
    /// Charged units of the contract's period up to the line; nil where none are counted.
    package let unitsTo: Int64?
    /// Those that an earlier line has charged; nil of the first line, which also has what is due at the start.
    package let unitsFrom: Int64?
    /// What was drawn for it, of which grants.
    package let draws: [InvoiceDraw]
    /// Exact, rounded and carried.
    package let money: RoundedLine

    package init(
        kind: Kind, contract: String, plan: String, planVersion: Int64, meter: String?, serviceStart: Int64,
        serviceEnd: Int64, unitsTo: Int64?, unitsFrom: Int64?, draws: [InvoiceDraw], money: RoundedLine
    ) {
        self.kind = kind
        self.contract = contract
        self.plan = plan
        self.planVersion = planVersion
        self.meter = meter
        self.serviceStart = serviceStart
        self.serviceEnd = serviceEnd
        self.unitsTo = unitsTo
        self.unitsFrom = unitsFrom
        self.draws = draws
        self.money = money
    }

    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Of a contract or a purchase.
        case fee
        /// The rest of a fee, given back.
        case credit
        /// Units at their price.
        case usage
        /// What lacks to a minimum at the period's end.
        case minimum
        /// Usage of an earlier period that came after its invoice.
        case adjustment
        /// Units that grants paid: no amount.
        case granted
        /// What balances have paid already; without a meter, what was paid with an order.
        case paid
    }

    package var amount: Money { money.amount }
    package var subscription: String {
        String(contract.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)[0])
    }

    /// Lines that carry to one another.
    package var carryKey: CarryKey { CarryKey(subscription: subscription, kind: kind, meter: meter) }
}

/// A part of a line that was drawn from a grant, or paid with an order.
package struct InvoiceDraw: Hashable, Sendable {
    package let grant: String
    package let allowance: Allowance

    package init(grant: String, _ allowance: Allowance) {
        self.grant = grant
        self.allowance = allowance
    }
}

/// Which line carries what rounding has left to which: the next one of the same subscription, kind and meter.
package struct CarryKey: Hashable, Sendable {
    package let subscription: String
    package let kind: InvoiceLine.Kind
    package let meter: String?

    package init(subscription: String, kind: InvoiceLine.Kind, meter: String?) {
        self.subscription = subscription
        self.kind = kind
        self.meter = meter
    }
}
