/// The exchange: an agent says what it gives back and what it wants, and hears what it has.
extension CreditWindows {
    func exchange(_ ask: WindowAsk, of incarnation: String) throws(StoreError) -> WindowAnswer {
        guard let grant = try ledger.grant(ask.grant) else { return .closed(ask) }
        var window =
            try window(grant.id, incarnation)
            ?? CreditWindowRow(grant: grant.id, incarnation: incarnation, state: .open, at: now)
        guard window.state != .closed || ask.isAlive else { return answer(window, 0, .closed) }
        if window.settledHour < hour { try settle(&window, grant) }
        if ask.isOver {
            try end(&window, grant, as: .closed)
            // Whatever of it was given up before: it is said to be over now.
            window.state = .closed
            try window.write(connection)
            return answer(window, 0, .closed)
        }
        let reply = try reply(ask, &window, grant)
        try window.write(connection)
        return reply
    }

    /// The usage of an incarnation has all arrived, and it will not spend any more: what its windows have left is the customers' again.
    func end(of incarnation: String) throws(StoreError) {
        try UsagePromise.end(incarnation, at: now, connection)
        let rows = try connection.run(
            "SELECT grant_id FROM credit_window WHERE incarnation = $1 AND state <> 'closed' ORDER BY grant_id",
            [.text(incarnation)])
        for row in rows {
            let ask = WindowAsk(grant: try row.text(0), granted: 0, returned: 0, want: 0, isOver: true)
            _ = try exchange(ask, of: incarnation)
        }
    }

    private func answer(
        _ window: CreditWindowRow, _ seconds: Int64, _ state: WindowAnswer.State
    ) -> WindowAnswer {
        // What was shrunk counts as spent where the agent adds up, so it counts as granted there, too.
        WindowAnswer(
            grant: window.grant, granted: window.granted + window.shrunk, returned: window.returned, seconds: seconds,
            recall: window.isRecalled && window.idle > 0, state: state)
    }

    private func reply(
        _ ask: WindowAsk, _ window: inout CreditWindowRow, _ grant: CreditGrant
    ) throws(StoreError) -> WindowAnswer {
        if window.state.isOver {
            // Nothing is left of it, and nothing is asked for.
            guard ask.want > 0 else { return answer(window, 0, .empty) }
        } else {
            try takeBack(ask, &window, grant)
        }
        guard grant.isLendable(at: now) else {
            let isToCome = grant.closedAt == nil && now < grant.effectiveAt
            return answer(window, 0, isToCome ? .empty : .closed)
        }
        if window.state.isOver {
            (window.state, window.openedAt) = (.open, now)
            if grant.isLive(at: now) { try adopt(&window, grant) }
        }
        try restore(ask, &window, grant)
        let state = try raise(ask, &window, grant)
        let seconds = min(terms.timeToLive, grant.expiresAt.map { $0 - now } ?? .max)
        window.state = .open
        window.expiresAt = max(window.expiresAt, terms.expiry(of: seconds, at: now))
        if window.idle == 0 { window.isRecalled = false }
        return answer(window, seconds, state)
    }

    /// An agent that never had anything of the grant, and drew on it while no collector was there: what the grant has pays for it after
    /// all.
    private func adopt(_ window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) {
        guard window.granted == 0, window.shrunk > 0 else { return }
        let covered = try cover(window.shrunk, of: &window, grant)
        guard covered > 0 else { return }
        try shrink(-covered, &window, grant)
        // What was forgiven is to be charged.
        _ = try connection.run(
            "UPDATE window_draw SET rated = 0 WHERE grant_id = $1 AND incarnation = $2",
            [.text(window.grant), .text(window.incarnation)])
    }

    /// Takes what the agent gives back; a window never gives back what is spent.
    private func takeBack(_ ask: WindowAsk, _ window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) {
        let returned = min(ask.returned, window.granted - window.due)
        guard returned > window.returned else { return }
        _ = try setAside(window.returned - returned, of: grant)
        window.returned = returned
        window.isRecalled = false
    }

    /// An agent that knows of more than the store was granted it before the database was restored from a backup.
    private func restore(_ ask: WindowAsk, _ window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) {
        let missing = min(ask.granted, Schema.maximumPosted) - window.granted - window.shrunk
        if missing > 0 { _ = try cover(missing, of: &window, grant) }
    }

    /// Raises the window: by demand, though by no more than half of an even share of what is there, and by no less than helps.
    private func raise(
        _ ask: WindowAsk, _ window: inout CreditWindowRow, _ grant: CreditGrant
    ) throws(StoreError) -> WindowAnswer.State {
        // An answer that is on its way, or was lost, has this already; what was shrunk of it is nothing that the agent could use.
        let unseen = min(window.idle, max(0, window.granted + window.shrunk - ask.granted))
        let wanted = max(ask.want, ask.need) - unseen
        guard ask.want > 0, wanted > 0 else { return .open }
        let need = max(1, ask.need - unseen)
        let available = try ledger.balance(of: grant.account).available
        let others = try connection.run(
            "SELECT count(*) FROM credit_window WHERE grant_id = $1 AND state = 'open' AND incarnation <> $2",
            [.text(grant.id), .text(window.incarnation)])
        let share = available / (2 * (try others[0].integer(0) + 1))
        let amount = max(need, min(wanted, share))
        if amount <= available, try setAside(amount, of: grant) {
            window.granted += amount
            return .open
        }
        return try recall(window) ? .open : .empty
    }

    /// Asks the others for what they do not use; whether they have any.
    private func recall(_ window: CreditWindowRow) throws(StoreError) -> Bool {
        let rows = try connection.run(
            """
            UPDATE credit_window SET recalled = 1
            WHERE grant_id = $1 AND incarnation <> $2 AND state = 'open' AND granted - returned - spent + shrunk > 0
            RETURNING incarnation
            """, [.text(window.grant), .text(window.incarnation)])
        return !rows.isEmpty
    }
}
