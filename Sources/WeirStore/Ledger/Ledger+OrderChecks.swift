import WeirBilling

/// What an order must be before anything of it is written.
extension Ledger {
    func check(_ order: Order) throws(StoreError) {
        try LedgerText.check(order.externalID, "external_id")
        // A buyer who had the next period's id would keep it from being granted.
        if !order.isOfContract, order.externalID.hasPrefix("\(Identifier.Kind.subscription.rawValue)_"),
            order.externalID.contains("/")
        {
            throw .refused(
                .invalid, "external_id",
                "expected an id of the buyer's own, found \(LedgerText.quoted(order.externalID)), which is how contracts are named: use another"
            )
        }
        try LedgerText.check(order.consumer, "consumer")
        try LedgerText.check(order.subscription, "subscription")
        try LedgerText.check(order.actor, "actor")
        try LedgerText.check(order.reason, "reason")
        guard order.kind == .payment || (1...Order.maximumLines).contains(order.lines.count) else {
            throw .refused(
                .invalid, "lines",
                "expected 1 to \(Order.maximumLines) lines, found \(order.lines.count): split the order")
        }
        if let price = order.price, !(0...Self.maximumAmount).contains(price.nano) {
            throw .refused(
                .invalid, "price.amount", "expected 0 to \(Self.maximumAmount) nano-units, found \(price.nano)")
        }
        for (index, line) in order.lines.enumerated() { try check(line, "lines[\(index)]", of: order) }
        switch order.kind {
        case .purchase, .renewal: break
        case .trial: try expectNoPrice(order)
        case .topup: try checkTopUp(order)
        case .adjust:
            try expectNoPrice(order)
            try expectOneLine(order)
        case .payment:
            guard order.lines.isEmpty, order.price != nil else {
                throw .refused(.invalid, "lines", "expected none, and what is paid as price: a payment grants nothing")
            }
        }
    }

    private func check(_ line: OrderLine, _ field: String, of order: Order) throws(StoreError) {
        let least = order.kind == .adjust ? -Self.maximumAmount : 1
        guard (least...Self.maximumAmount).contains(line.amount), line.amount != 0 else {
            let expected = order.kind == .adjust ? "other than 0, " : ""
            throw .refused(
                .invalid, "\(field).amount",
                "expected \(expected)\(least) to \(Self.maximumAmount), found \(line.amount)")
        }
        let start = line.effectiveAt ?? now
        if let end = line.expiresAt, end <= start {
            throw .refused(
                .invalid, "\(field).expires_at", "expected a time after \(start), when it starts, found \(end)")
        }
        guard (line.grant != nil) == (order.kind == .adjust) else {
            throw .refused(
                .invalid, "\(field).grant",
                order.kind == .adjust
                    ? "expected the grant that is adjusted" : "expected none: the order makes its grants")
        }
        if line.isRefund, order.kind != .adjust || line.unit.currency == nil || line.amount > 0 {
            throw .refused(
                .invalid, "\(field).refund", "expected it only where an adjustment takes money (an amount below 0)")
        }
    }

    private func checkTopUp(_ order: Order) throws(StoreError) {
        try expectOneLine(order)
        let line = order.lines[0]
        guard let price = order.price, price.nano > 0 else {
            throw .refused(.invalid, "price.amount", "expected what is paid, more than 0")
        }
        guard line.unit == .money(price.currency) else {
            throw .refused(
                .invalid, "lines[0].unit",
                "expected \(LedgerUnit.money(price.currency)), which is what is paid, found \(line.unit)"
            )
        }
        guard line.amount == price.nano else {
            throw .refused(
                .invalid, "lines[0].amount", "expected \(price.nano), which is what is paid, found \(line.amount)")
        }
        guard line.expiresAt == nil else {
            throw .refused(.invalid, "lines[0].expires_at", "expected none: money that was paid in does not end")
        }
    }

    private func expectNoPrice(_ order: Order) throws(StoreError) {
        guard order.price == nil else {
            throw .refused(.invalid, "price", "expected none for an order of kind \(order.kind.rawValue)")
        }
    }

    private func expectOneLine(_ order: Order) throws(StoreError) {
        guard order.lines.count == 1 else {
            throw .refused(
                .invalid, "lines",
                "expected one line for an order of kind \(order.kind.rawValue), found \(order.lines.count)")
        }
    }
}
