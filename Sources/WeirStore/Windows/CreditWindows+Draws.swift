/// Money, by contract and meter: a window's spent is the sum of the units of each at its ceiling, which is that of the contract's plan.
extension CreditWindows {
    /// What one meter of a contract has drawn through a window.
    struct Draw {
        let part: GrantSpending.Part
        let units: Int64
        let ceiling: UnitCeiling
        /// Units that are in the price's state already.
        let rated: Int64
    }

    func draws(_ window: CreditWindowRow) throws(StoreError) -> [Draw] {
        try connection.run(
            """
            SELECT contract, meter, units, ceiling_nano, ceiling_per, rated FROM window_draw
            WHERE grant_id = $1 AND incarnation = $2 ORDER BY contract, meter
            """, [.text(window.grant), .text(window.incarnation)]
        ).map { row throws(StoreError) in
            Draw(
                part: .init(contract: try row.text(0), meter: try row.text(1)), units: try row.integer(2),
                ceiling: UnitCeiling(stored: try row.integer(3), per: try row.integer(4)), rated: try row.integer(5))
        }
    }

    /// Counts more units, or fewer where a report has settled a reservation.
    ///
    /// - Returns: what the window has spent by now.
    func draw(
        _ parts: [GrantSpending.Part: Int64], _ window: CreditWindowRow, _ grant: CreditGrant
    ) throws(StoreError) -> Int64 {
        // Those that name no meter may be of one that others name.
        for (part, units) in parts.sorted(by: { $0.key < $1.key }) where units != 0 {
            let part = part.meter.isEmpty ? try named(part) : part
            let known = try connection.run(
                """
                UPDATE window_draw SET units = units + $1
                WHERE grant_id = $2 AND incarnation = $3 AND contract = $4 AND meter = $5 RETURNING units
                """, [.integer(units)] + key(part, window))
            if known.isEmpty { try insert(part, units, window, grant) }
        }
        let spent = try draws(window).reduce(Int128(0)) { sum, draw in
            sum + Int128(draw.ceiling.cost(of: draw.units))
        }
        return Int64(min(spent, Int128(Schema.maximumPosted)))
    }

    private func key(_ part: GrantSpending.Part, _ window: CreditWindowRow) -> [SQLValue] {
        [.text(window.grant), .text(window.incarnation), .text(part.contract), .text(part.meter)]
    }

    private func insert(
        _ part: GrantSpending.Part, _ units: Int64, _ window: CreditWindowRow, _ grant: CreditGrant
    ) throws(StoreError) {
        let ceiling = try ceilings(of: part.contract).first { $0.meter == part.meter }?.ceiling ?? grant.ceiling
        _ = try connection.run(
            """
            INSERT INTO window_draw (grant_id, incarnation, contract, meter, units, ceiling_nano, ceiling_per, rated)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
            """, key(part, window) + [.integer(units), .integer(ceiling.amount), .integer(ceiling.per)])
    }

    /// Older agents do not say for which meter money was drawn: it is the one of the plan that costs something.
    private func named(_ part: GrantSpending.Part) throws(StoreError) -> GrantSpending.Part {
        .init(contract: part.contract, meter: try ceilings(of: part.contract).first?.meter ?? "")
    }

    /// The meters of a contract's plan that cost something, by their codes.
    private func ceilings(of contract: String) throws(StoreError) -> [(meter: String, ceiling: UnitCeiling)] {
        try connection.run(
            """
            SELECT code, ceiling_nano, ceiling_per FROM plan_meter
            WHERE ceiling_nano > 0 AND plan_id = coalesce(
                (SELECT plan_id FROM contract WHERE id = $1), (SELECT plan_id FROM subscription WHERE id = $2))
            ORDER BY code
            """, [.text(contract), .text(String(contract.prefix { $0 != "/" }))]
        ).map { row throws(StoreError) in
            (try row.text(0), UnitCeiling(stored: try row.integer(1), per: try row.integer(2)))
        }
    }

    /// Notes what of a draw's units is in the price's state.
    func note(rated units: Int64, of draw: Draw, _ window: CreditWindowRow) throws(StoreError) {
        _ = try connection.run(
            """
            UPDATE window_draw SET rated = $1 WHERE grant_id = $2 AND incarnation = $3 AND contract = $4 AND meter = $5
            """, [.integer(units)] + key(draw.part, window))
    }
}
