package import WeirBilling

/// What is charged beyond what a contract grants, up to an amount: money that nobody has paid in, for one meter, until the contract ends.
extension Ledger {
    /// Lets what is used of a meter beyond the grants of a contract be charged up to a limit, by all agents together. The same again
    /// changes nothing but its end, which follows the contract's.
    ///
    /// - Parameters:
    ///   - contract: a subscription in one of its periods.
    ///   - ceiling: the most that a unit of the meter can cost.
    @discardableResult
    package func openCharge(
        of meter: String, to limit: Money, under contract: ContractRow, consumer: String, ceiling: UnitCeiling
    ) throws(StoreError) -> CreditGrant {
        guard (1...Self.maximumAmount).contains(limit.nano) else {
            throw .refused(.invalid, "limit", "expected 1 to \(Self.maximumAmount) nano-units, found \(limit.nano)")
        }
        let id = Identifier.derived(.grant, from: "charge/\(contract.id)/\(meter)")
        if let known = try grant(id) { return try move(known, to: contract) }
        // Money that the plan grants is used first.
        let line = OrderLine(
            unit: .money(limit.currency), amount: limit.nano, priority: 1, effectiveAt: contract.startsAt,
            expiresAt: contract.endsAt, ceiling: ceiling)
        return try open(
            .package, for: consumer, subscription: contract.subscriptionID, order: "", line: line,
            creditLimit: limit.nano, id: id, scope: meter)
    }

    /// Ends what was opened for a contract when that ends, which a change in mid-period moves.
    private func move(_ grant: CreditGrant, to contract: ContractRow) throws(StoreError) -> CreditGrant {
        // A contract that ends as it begins has no time in which anything could be charged.
        let end = contract.endsAt.map { max($0, grant.effectiveAt + 1) }
        guard end != grant.expiresAt, grant.closedAt == nil else { return grant }
        _ = try connection.run(
            "UPDATE credit_grant SET expires_at = $1 WHERE id = $2", [.integer(optional: end), .text(grant.id)])
        try touch(grant.id)
        return try referred(grant.id, field: "grant")
    }
}
