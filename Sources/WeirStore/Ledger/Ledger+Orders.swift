import WeirBilling

/// Orders: every credit has one, and none counts twice.
extension Ledger {
    /// Places an order: all of it, or nothing.
    ///
    /// - Returns: what it did, and whether it is new: an order that was here before with the same content changes nothing, and gives
    ///   the same receipt. When a grant starts and ends is no content: a repeat comes later than the first.
    /// - Throws: a refusal that names the field; `conflict` for an external id that was used for something else.
    package func place(_ order: Order) throws(StoreError) -> (receipt: OrderReceipt, isNew: Bool) {
        try check(order)
        let known = try connection.run(
            "SELECT id FROM orders WHERE consumer = $1 AND external_id = $2",
            [.text(order.consumer), .text(order.externalID)])
        if let row = known.first {
            let id = try row.text(0)
            try compare(order, with: id)
            return (try receipt(id), false)
        }
        let id = identifier.next(.order)
        _ = try connection.run(
            """
            INSERT INTO orders (id, consumer, external_id, kind, subscription, currency, amount, actor, reason, made_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .text(id), .text(order.consumer), .text(order.externalID), .text(order.kind.rawValue),
                .text(order.subscription), .text(order.price?.currency.code ?? ""), .integer(order.price?.nano ?? 0),
                .text(order.actor), .text(order.reason), .integer(now),
            ])
        switch order.kind {
        case .purchase, .renewal, .trial: try grantLines(order, id)
        case .topup: try topUp(order, id)
        case .adjust: try adjust(order, id)
        case .payment: try payFees(order, id)
        }
        return (try receipt(id), true)
    }

    // MARK: What the kinds do

    private func grantLines(_ order: Order, _ id: String) throws(StoreError) {
        if let price = order.price, price.nano > 0 {
            let ledger = LedgerUnit.money(price.currency).name
            try post(
                transfer(
                    order, id, "price", ledger, from: account(.cash, of: order.consumer, in: ledger),
                    to: account(.earned, of: order.consumer, in: ledger), price.nano))
        }
        for (index, line) in order.lines.enumerated() {
            let grant = try open(
                .package, for: order.consumer, subscription: order.subscription, order: id, line: line)
            let balance = try post(
                transfer(
                    order, id, "line/\(index)", grant.ledger,
                    from: account(.issue, of: order.consumer, in: grant.ledger),
                    to: grant.account, line.amount)
            ).credit
            try note(line, index, id, grant.id, balance)
        }
    }

    private func topUp(_ order: Order, _ id: String) throws(StoreError) {
        let line = order.lines[0]
        let ledger = line.unit.name
        let grant: CreditGrant
        if let known = try balanceGrant(order.subscription, of: order.consumer, in: ledger) {
            grant = known
        } else {
            grant = try open(.balance, for: order.consumer, subscription: order.subscription, order: id, line: line)
        }
        let cash = try account(.cash, of: order.consumer, in: ledger)
        let paid = try pay(min(line.amount, unpaid(grant)), of: grant, from: cash, order, id)
        var balance = try self.balance(of: grant.account).settled
        if line.amount > paid {
            balance = try post(
                transfer(order, id, "line/0", ledger, from: cash, to: grant.account, line.amount - paid)
            ).credit
        }
        try note(line, 0, id, grant.id, balance)
        try reviewUpstream(of: grant.id)
        try touch(grant.id)
    }

    private func adjust(_ order: Order, _ id: String) throws(StoreError) {
        let line = order.lines[0]
        let grant = try referred(line.grant ?? "", field: "lines[0].grant")
        guard grant.consumer == order.consumer else {
            throw .refused(
                .invalid, "lines[0].grant", "expected a grant of \(order.consumer), found one of another consumer")
        }
        guard grant.ledger == line.unit.name else {
            throw .refused(
                .invalid, "lines[0].unit", "expected \(grant.ledger), which the grant is in, found \(line.unit)")
        }
        guard grant.closedAt == nil else {
            throw .refused(
                .conflict, "lines[0].grant", "expected a grant that has not ended: credit a new one with a purchase")
        }
        let other = try account(line.isRefund ? .cash : .adjust, of: order.consumer, in: grant.ledger)
        let isCredit = line.amount > 0
        var movement = transfer(
            order, id, "line/0", grant.ledger, from: isCredit ? other : grant.account,
            to: isCredit ? grant.account : other, abs(line.amount))
        if line.isRefund { movement.code = .refund }
        let balances = try post(movement, field: "lines[0].amount")
        try note(line, 0, id, grant.id, isCredit ? balances.credit : balances.debit)
        try noteLevel(of: grant)
        try touch(grant.id)
    }

    /// Pays what is billed of a grant, and opens its credit limit again by as much.
    private func pay(
        _ amount: Int64, of grant: CreditGrant, from cash: String, _ order: Order, _ id: String
    ) throws(StoreError) -> Int64 {
        guard amount > 0 else { return 0 }
        var payment = transfer(
            order, id, "payment", grant.ledger, from: cash,
            to: try account(.receivable, of: grant.id, in: grant.ledger),
            amount)
        payment.code = .payment
        try post(payment)
        try setFloor(of: grant)
        return amount
    }

    /// Pays what is due of a subscription: no more than that, as nobody would know what for.
    private func payFees(_ order: Order, _ id: String) throws(StoreError) {
        guard let price = order.price, price.nano > 0 else { return }
        let due = max(0, try outstanding(of: order.subscription, in: price.currency))
        guard price.nano <= due else {
            throw .refused(
                .conflict, "amount",
                due == 0
                    ? "nothing is due of \(order.subscription)"
                    : "expected at most \(Money(nano: due, price.currency)), which is due of \(order.subscription), found \(price)"
            )
        }
        let ledger = LedgerUnit.money(price.currency).name
        try post(
            transfer(
                order, id, "payment", ledger, from: account(.cash, of: order.consumer, in: ledger),
                to: account(.receivable, of: order.subscription, in: ledger), price.nano))
    }

    private func transfer(
        _ order: Order, _ id: String, _ part: String, _ ledger: String, from debit: String, to credit: String,
        _ amount: Int64
    ) -> Transfer {
        Transfer(
            id: Identifier.derived(.transfer, from: "\(id)/\(part)"), ledger: ledger, debit: debit, credit: credit,
            amount: amount, code: Transfer.Code(rawValue: order.kind.rawValue) ?? .adjust,
            reference: .init(kind: .order, id: id), actor: order.actor, reason: order.reason)
    }

    private func note(
        _ line: OrderLine, _ index: Int, _ id: String, _ grant: String, _ balance: Int64
    ) throws(StoreError) {
        _ = try connection.run(
            "INSERT INTO order_line (order_id, line, ledger, amount, grant_id, balance) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(id), .integer(Int64(index)), .text(line.unit.name), .integer(line.amount), .text(grant),
                .integer(balance),
            ])
    }

    // MARK: Receipts

    /// What an order did.
    package func receipt(_ id: String) throws(StoreError) -> OrderReceipt {
        let found = try connection.run(
            "SELECT external_id, kind, currency, amount, made_at FROM orders WHERE id = $1", [.text(id)])
        guard let row = found.first else {
            throw .refused(
                .missing, "order", "expected the id of an order, found \(LedgerText.quoted(id)), which is none")
        }
        let lines = try connection.run(
            "SELECT grant_id, ledger, amount, balance FROM order_line WHERE order_id = $1 ORDER BY line", [.text(id)]
        ).map { line throws(StoreError) in
            OrderReceipt.Line(
                grant: try line.text(0), ledger: try line.text(1), amount: try line.integer(2),
                balance: try line.integer(3))
        }
        return OrderReceipt(
            id: id, externalID: try row.text(0), kind: Order.Kind(rawValue: try row.text(1)) ?? .adjust,
            currency: try row.text(2), amount: try row.integer(3), madeAt: try row.integer(4), lines: lines)
    }

    private func compare(_ order: Order, with id: String) throws(StoreError) {
        func refuse(_ field: String, _ was: String, _ now: String) -> StoreError {
            .refused(
                .conflict, field,
                "expected \(was), as \(LedgerText.quoted(order.externalID)) was used for before, found \(now): use another id"
            )
        }
        let known = try connection.run(
            "SELECT kind, subscription, currency, amount FROM orders WHERE id = $1", [.text(id)])[0]
        if try known.text(0) != order.kind.rawValue { throw refuse("kind", try known.text(0), order.kind.rawValue) }
        if try known.text(1) != order.subscription {
            throw refuse("subscription", try known.text(1), order.subscription)
        }
        let currency = order.price?.currency.code ?? ""
        if try known.text(2) != currency { throw refuse("price.currency", try known.text(2), currency) }
        let amount = order.price?.nano ?? 0
        if try known.integer(3) != amount { throw refuse("price.amount", "\(try known.integer(3))", "\(amount)") }
        let lines = try receipt(id).lines
        if lines.count != order.lines.count { throw refuse("lines", "\(lines.count)", "\(order.lines.count)") }
        for (index, (line, known)) in zip(order.lines, lines).enumerated() {
            if known.ledger != line.unit.name {
                throw refuse("lines[\(index)].unit", known.ledger, line.unit.name)
            }
            if known.amount != line.amount {
                throw refuse("lines[\(index)].amount", "\(known.amount)", "\(line.amount)")
            }
            if let grant = line.grant, grant != known.grant {
                throw refuse("lines[\(index)].grant", known.grant, grant)
            }
        }
    }
}
