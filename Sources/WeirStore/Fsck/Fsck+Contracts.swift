extension Fsck {
    /// Subscriptions over time: their contracts, and what is due for them.
    static let contracts: [FsckCheck] = [
        FsckCheck(
            name: "C1-contracts",
            claim: "a subscription's contracts are numbered without a gap, and none begins before the last has ended",
            statement: """
                SELECT 'contract ' || id, number, place, starts_at, last_end FROM (
                    SELECT id, number, starts_at,
                        row_number() OVER (PARTITION BY subscription_id ORDER BY number) AS place,
                        lag(ends_at) OVER (PARTITION BY subscription_id ORDER BY number) AS last_end
                    FROM contract
                ) AS chained
                WHERE number <> place OR (place > 1 AND (last_end IS NULL OR starts_at < last_end))
                """,
            columns: ["number", "place", "starts_at", "the last one's end"]),
        FsckCheck(
            name: "C1-running",
            claim:
                "a subscription's period is its last contract, under the same plan, and over when the subscription is",
            statement: """
                SELECT 'subscription ' || subscription.id, subscription.period, last.number, contract.closed_at
                FROM subscription JOIN subscription_state ON subscription_state.id = subscription.id
                LEFT JOIN contract ON contract.subscription_id = subscription.id AND contract.number = subscription.period
                LEFT JOIN (
                    SELECT subscription_id, max(number) AS number FROM contract GROUP BY subscription_id
                ) AS last ON last.subscription_id = subscription.id
                WHERE subscription_state.revision > 0 AND (
                    contract.id IS NULL OR contract.number <> last.number OR contract.plan_id <> subscription.plan_id
                    OR (contract.closed_at IS NOT NULL)
                        <> (subscription_state.ended_at IS NOT NULL OR subscription_state.is_lapsed = 1))
                """,
            columns: ["period", "last contract", "closed_at"]),
        FsckCheck(
            name: "C2-fees",
            claim:
                "what is receivable of a subscription is its fees, each rounded up, and what invoices charge beyond, less what was given back and paid",
            statement: """
                SELECT 'subscription ' || subscription.id, coalesce(owed.amount, 0), coalesce(charged.amount, 0),
                    coalesce(billed.amount, 0), coalesce(paid.amount, 0)
                FROM subscription
                LEFT JOIN (
                    SELECT owner, CAST(sum(debits_posted - credits_posted) AS BIGINT) AS amount FROM account
                    WHERE kind = 'receivable' GROUP BY owner
                ) AS owed ON owed.owner = subscription.id
                LEFT JOIN (
                    SELECT contract.subscription_id AS subscription_id, CAST(sum(contract_charge.nano
                        + CASE WHEN contract_charge.remainder > 0 THEN 1 ELSE 0 END) AS BIGINT) AS amount
                    FROM contract_charge JOIN contract ON contract.id = contract_charge.contract_id
                    WHERE contract_charge.order_id = '' GROUP BY contract.subscription_id
                ) AS charged ON charged.subscription_id = subscription.id
                LEFT JOIN (
                    SELECT account.owner AS owner, CAST(sum(CASE WHEN transfer.debit_id = account.id THEN transfer.amount
                        ELSE -transfer.amount END) AS BIGINT) AS amount
                    FROM account JOIN transfer ON transfer.debit_id = account.id OR transfer.credit_id = account.id
                    WHERE account.kind = 'receivable' AND transfer.code = 'bill' AND transfer.ref_kind = 'invoice'
                    GROUP BY account.owner
                ) AS billed ON billed.owner = subscription.id
                LEFT JOIN (
                    SELECT subscription, CAST(sum(amount) AS BIGINT) AS amount FROM orders WHERE kind = 'payment'
                    GROUP BY subscription
                ) AS paid ON paid.subscription = subscription.id
                WHERE coalesce(owed.amount, 0)
                    <> coalesce(charged.amount, 0) + coalesce(billed.amount, 0) - coalesce(paid.amount, 0)
                """,
            columns: ["receivable", "charges", "billed", "payments"]),
        FsckCheck(
            name: "C2-purchases",
            claim: "a charge of a purchase is what its order says was paid",
            statement: """
                SELECT 'contract_charge ' || contract_charge.id, contract_charge.nano, orders.amount
                FROM contract_charge LEFT JOIN orders ON orders.id = contract_charge.order_id
                WHERE contract_charge.order_id <> '' AND (orders.id IS NULL OR orders.kind <> 'purchase'
                    OR contract_charge.kind <> 'fee' OR contract_charge.remainder <> 0
                    OR contract_charge.nano <> orders.amount)
                """,
            columns: ["charge", "order's amount"]),
    ]
}
