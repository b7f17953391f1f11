/// What agents have spent, as their cells tell.
extension CreditWindows {
    /// Moves windows by what a batch of cells has changed. Part of every merge of cells.
    static func spend(
        _ spending: GrantSpending, of incarnation: String, at now: Int64, _ connection: any SQLConnection
    ) throws(StoreError) {
        if spending.units.isEmpty { return }
        let ledger = Ledger(connection, now: now, identifier: Identifier(milliseconds: { now * 1_000 }))
        let windows = CreditWindows(ledger: ledger, terms: WindowTerms(), prices: CeilingPrices())
        // In one order everywhere, so that two collectors never wait for each other in a circle.
        for (grant, parts) in spending.units.sorted(by: { $0.key < $1.key }) {
            // A text that names no grant is a dimension like any other.
            guard let grant = try ledger.grant(grant) else { continue }
            // Cells without a window are those of one that is over.
            var window =
                try windows.window(grant.id, incarnation)
                ?? CreditWindowRow(grant: grant.id, incarnation: incarnation, state: .abandoned, at: now)
            try windows.spend(parts, &window, grant)
            try window.write(connection)
            try ledger.noteLevel(of: grant)
        }
    }

    /// Counts more units, or fewer where a report has settled a reservation.
    private func spend(
        _ parts: [GrantSpending.Part: Int64], _ window: inout CreditWindowRow, _ grant: CreditGrant
    ) throws(StoreError) {
        let (before, shrunk) = (window.spent, window.shrunk)
        window.units += parts.values.reduce(0, +)
        window.spent =
            grant.isMoney ? try draw(parts, window, grant) : grant.ceiling.cost(of: window.units)
        if window.spent < before { try shrink(-min(shrunk, before - window.spent), &window, grant) }
        var excess = window.due - (window.granted - window.returned)
        if excess > 0, !window.state.isOver { excess -= try cover(excess, of: &window, grant) }
        if excess > 0 { try shrink(excess, &window, grant) }
        if window.settled > window.due { try reverse(window.settled - window.due, &window, grant) }
        if window.state.isOver, window.shrunk != shrunk, grant.isMoney { try forgive(window) }
    }

    /// Gives back what was charged for a reservation that turned out to be less.
    private func reverse(_ amount: Int64, _ window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) {
        // What was freed first: what is left of the charge is at the ceiling then, and the next step makes it exact.
        let freed = min(window.freed, amount)
        let posted = amount - freed
        if posted > 0 {
            try transfer(
                &window, grant, .reversal, from: earned(grant), to: grant.account, posted, "used less than was reserved"
            )
            if grant.isMoney { try unrate(posted, window) }
        }
        window.posted -= posted
        window.freed -= freed
        // What had been freed may be lent to others by now: the window does not get it back.
        window.returned += freed
        if window.state.isOver {
            if grant.isMoney { try forget(window) }
            window.returned += posted
            // It may have ended since: the next expiry moves it.
            _ = try connection.run("UPDATE credit_grant SET closed_at = NULL WHERE id = $1", [.text(grant.id)])
        } else if try !setAside(posted, of: grant) {
            throw StoreError(.failed, "the account of grant \(grant.id) is below its floor: run weir fsck")
        }
    }
}
