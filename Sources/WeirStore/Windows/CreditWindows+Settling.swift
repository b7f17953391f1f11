/// Settling: what was spent becomes charges, and what is over goes back.
extension CreditWindows {
    /// Charges what a window has spent since the last time: one transfer, and the ledger grows with windows and hours, not with calls.
    func settle(_ window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) {
        window.settledHour = hour
        if window.state.isOver { return }
        let isUnrated = grant.isMoney ? try isUnrated(window) : false
        guard window.due != window.settled || isUnrated else { return }
        let charge: Int64
        if grant.isMoney {
            charge = try rate(window, grant, room: window.due - window.settled)
        } else {
            charge = window.due - window.settled
        }
        if charge > 0 {
            try transfer(
                &window, grant, .draw, from: grant.account, to: earned(grant), charge, "used", isHeld: true)
        } else if charge < 0 {
            try transfer(
                &window, grant, .reversal, from: earned(grant), to: grant.account, -charge,
                "used less than was reserved")
            _ = try setAside(-charge, of: grant)
        }
        window.posted += charge
        // Spent at the ceiling, and cost less: the rest is free again, and may be lent to others at once.
        let freed = window.due - window.settled
        window.freed += freed
        _ = try setAside(-freed, of: grant)
        if grant.creditLimit > 0 { try ledger.reviewUpstream(of: grant.id) }
    }

    /// Ends a window: charges what it has spent, and gives the rest back.
    func end(
        _ window: inout CreditWindowRow, _ grant: CreditGrant, as state: CreditWindowRow.State
    ) throws(StoreError) {
        guard !window.state.isOver else { return }
        try settle(&window, grant)
        let rest = window.idle
        _ = try setAside(-rest, of: grant)
        window.returned += rest
        window.state = state
        window.isRecalled = false
    }

    // MARK: Sweeping

    /// Marks windows that cannot be spent any more, gives up those that have been so for long, and settles those that were not heard of
    /// this hour. Any number of collectors may do it at once.
    ///
    /// - Returns: how many were given up or settled; fewer than `limit` when it is done.
    func sweep(limit: Int) throws(StoreError) -> Int {
        _ = try connection.run(
            "UPDATE credit_window SET state = 'expired' WHERE state = 'open' AND expires_at < $1", [.integer(now)])
        let lost = try windows(
            "state = 'expired' AND expires_at < $1", .integer(now - terms.abandonAfter), limit: limit)
        for var window in lost {
            guard let grant = try ledger.grant(window.grant) else { continue }
            let isHolding = window.held > 0
            try end(&window, grant, as: .abandoned)
            try window.write(connection)
            // There may be something to draw again.
            if isHolding { try ledger.touch(grant.id) }
        }
        let unsettled = try windows(
            "settled_hour < $1 AND state IN ('open', 'expired') AND spent - shrunk > posted + freed", .integer(hour),
            limit: limit - lost.count)
        for var window in unsettled {
            guard let grant = try ledger.grant(window.grant) else { continue }
            try settle(&window, grant)
            try window.write(connection)
        }
        return lost.count + unsettled.count
    }

    private func windows(_ condition: String, _ value: SQLValue, limit: Int) throws(StoreError) -> [CreditWindowRow] {
        try connection.run(
            """
            SELECT \(CreditWindowRow.columns) FROM credit_window WHERE \(condition) ORDER BY grant_id, incarnation LIMIT $2
            """, [value, .integer(Int64(max(0, limit)))]
        ).map { row throws(StoreError) in try CreditWindowRow(row) }
    }
}
