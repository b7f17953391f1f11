import WeirBilling
import WeirStore

extension LedgerUnderTest {
    /// Writes down a plan with the most that its meters cost, and the contract `sub_a/1` to it.
    func sell(_ meters: [(code: String, nano: Int64, per: Int64)]) async throws(StoreError) {
        var statements = [
            "INSERT INTO provider (id, slug, name, created_at) VALUES ('prv', 'acme', 'Acme', 1)",
            """
            INSERT INTO plan (id, provider_id, code, number, source, mode, currency, unreported, outage, rules, created_at, version)
            VALUES ('pln', 'prv', 'plan', 1, '', 'payg', 'USD', 'bill', 'deny', '', 1, 1)
            """,
            """
            INSERT INTO consumer (id, name, email, currency, zone, credit_limit_nano, state, created_at)
            VALUES ('con_a', 'A', '', 'USD', 'UTC', 0, 'active', 1)
            """,
            """
            INSERT INTO subscription (id, consumer_id, plan_id, period, state, starts_at, accepted_by, accepted_at, created_at, version)
            VALUES ('sub_a', 'con_a', 'pln', 1, 'active', 1, 'A', 1, 1, 1)
            """,
            """
            INSERT INTO contract (id, subscription_id, number, plan_id, starts_at, whole_start, is_trial)
            VALUES ('sub_a/1', 'sub_a', 1, 'pln', 1, 1, 0)
            """,
        ]
        for (code, nano, per) in meters {
            statements.append(
                """
                INSERT INTO plan_meter (id, plan_id, code, dimension, filter, ceiling_nano, ceiling_per, version, used_up)
                VALUES ('mtr_\(code)', 'pln', '\(code)', 'units', '', \(nano), \(per), 1, 'charge')
                """)
        }
        for statement in statements { try await run(statement) }
    }

    /// A top-up of the balance of `sub_a`.
    func topUp(_ nano: Int64, id: String, ceiling: UnitCeiling = .one) async throws -> String {
        try await place(
            .topup(
                Money(nano: nano, try Currency("USD")), externalID: id, consumer: "con_a", subscription: "sub_a",
                ceiling: ceiling, actor: "card")
        ).lines[0].grant
    }
}

/// A price for each meter.
struct MeterPrices: PriceBook {
    let prices: [String: PriceFunction]

    func price(
        of meter: String, in contract: String, _ connection: any SQLConnection
    ) throws(StoreError) -> PriceFunction? { prices[meter] }
}
