extension Schema {
    /// What agents promise of their usage, and the invoices that are made of it. Nothing updates a row of an invoice once it is issued:
    /// whether it is paid follows from the ledger.
    static let invoices: [String] = watermarks + issued + accumulated + found

    private static let watermarks = [
        // What each run of an agent has said: nothing of its usage before `watermark` changes any more; NULL while it has said nothing.
        // `over_at`: since when nothing of it at all does. `agent` is its agent's name; empty while nobody has said it.
        "ALTER TABLE incarnation ADD COLUMN agent TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE incarnation ADD COLUMN watermark BIGINT",
        "ALTER TABLE incarnation ADD COLUMN over_at BIGINT",
        "CREATE INDEX incarnation_over ON incarnation (over_at)",
    ]

    private static let issued = [
        // `subject`: the contract or the purchase that it is of; each has one. Names are those of the day it was issued, `coin` the
        // currency's smallest in nano-units. The digest is of everything in it.
        """
        CREATE TABLE invoice (
            id TEXT PRIMARY KEY,
            number TEXT NOT NULL UNIQUE,
            series TEXT NOT NULL,
            sequence BIGINT NOT NULL,
            provider_id TEXT NOT NULL REFERENCES provider (id),
            consumer_id TEXT NOT NULL REFERENCES consumer (id),
            subscription_id TEXT NOT NULL REFERENCES subscription (id),
            subject TEXT NOT NULL UNIQUE,
            seller TEXT NOT NULL,
            consumer TEXT NOT NULL,
            currency TEXT NOT NULL,
            coin BIGINT NOT NULL CHECK (coin > 0),
            period_start BIGINT NOT NULL,
            period_end BIGINT NOT NULL,
            issued_at BIGINT NOT NULL,
            total BIGINT NOT NULL,
            digest TEXT NOT NULL,
            UNIQUE (series, sequence),
            CHECK (period_start < period_end)
        ){clustered}
        """,
        "CREATE INDEX invoice_consumer ON invoice (consumer_id, id)",
        "CREATE INDEX invoice_provider ON invoice (provider_id, id)",
        "CREATE INDEX invoice_subscription ON invoice (subscription_id, sequence)",
        // Exact amounts are whole nano-units and `remainder`/`denominator` of one more. `charge_id` is the fee or credit that it is of,
        // NULL where it is of none: each is on one line.
        """
        CREATE TABLE invoice_line (
            invoice_id TEXT NOT NULL REFERENCES invoice (id),
            line BIGINT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('fee', 'credit', 'usage', 'minimum', 'adjustment', 'granted', 'paid')),
            contract TEXT NOT NULL,
            plan TEXT NOT NULL,
            plan_version BIGINT NOT NULL,
            meter TEXT,
            service_start BIGINT NOT NULL,
            service_end BIGINT NOT NULL,
            units_from BIGINT,
            units_to BIGINT,
            exact_nano BIGINT NOT NULL,
            exact_remainder BIGINT NOT NULL,
            exact_denominator BIGINT NOT NULL,
            carried_nano BIGINT NOT NULL,
            carried_remainder BIGINT NOT NULL,
            carried_denominator BIGINT NOT NULL,
            amount BIGINT NOT NULL,
            carry_nano BIGINT NOT NULL,
            carry_remainder BIGINT NOT NULL,
            carry_denominator BIGINT NOT NULL,
            charge_id TEXT UNIQUE REFERENCES contract_charge (id),
            PRIMARY KEY (invoice_id, line)
        ){clustered}
        """,
        "CREATE INDEX invoice_line_contract ON invoice_line (contract, meter)",
        // What a line was drawn from: units of a grant, nano-units of a balance, or what was paid with an order.
        """
        CREATE TABLE invoice_draw (
            invoice_id TEXT NOT NULL,
            line BIGINT NOT NULL,
            place BIGINT NOT NULL,
            source TEXT NOT NULL,
            unit TEXT NOT NULL,
            amount BIGINT NOT NULL,
            PRIMARY KEY (invoice_id, line, place),
            FOREIGN KEY (invoice_id, line) REFERENCES invoice_line (invoice_id, line)
        ){clustered}
        """,
        // Agents whose usage was not known to be complete when it was issued.
        """
        CREATE TABLE invoice_missing (
            invoice_id TEXT NOT NULL REFERENCES invoice (id),
            place BIGINT NOT NULL,
            agent TEXT NOT NULL,
            incarnation TEXT NOT NULL,
            watermark BIGINT,
            PRIMARY KEY (invoice_id, place)
        ){clustered}
        """,
    ]

    private static let accumulated = [
        // Contracts and purchases that are dealt with, once and for all; no invoice where there was nothing to say.
        """
        CREATE TABLE invoice_closing (
            subject TEXT PRIMARY KEY,
            invoice_id TEXT REFERENCES invoice (id),
            closed_at BIGINT NOT NULL
        ){clustered}
        """,
        // What of a money grant's draws invoices have dealt with: `billed` of them is owed, the balance had paid the rest.
        """
        CREATE TABLE invoice_drawn (
            invoice_id TEXT NOT NULL REFERENCES invoice (id),
            contract TEXT NOT NULL,
            meter TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            drawn BIGINT NOT NULL,
            billed BIGINT NOT NULL,
            PRIMARY KEY (invoice_id, contract, meter, grant_id)
        ){clustered}
        """,
        "CREATE INDEX invoice_drawn_contract ON invoice_drawn (contract, meter)",
        // The last number of each provider's series.
        """
        CREATE TABLE invoice_series (
            provider_id TEXT PRIMARY KEY REFERENCES provider (id),
            series TEXT NOT NULL UNIQUE,
            last BIGINT NOT NULL
        ){clustered}
        """,
        // What rounding has left, for the next line of the same kind. Meters without a name are those of fees.
        """
        CREATE TABLE invoice_carry (
            subscription_id TEXT NOT NULL REFERENCES subscription (id),
            kind TEXT NOT NULL,
            meter TEXT NOT NULL,
            nano BIGINT NOT NULL,
            remainder BIGINT NOT NULL,
            denominator BIGINT NOT NULL,
            PRIMARY KEY (subscription_id, kind, meter)
        ){clustered}
        """,
    ]

    /// What finds contracts that are over, purchases, and usage that has come late.
    private static let found = [
        "CREATE INDEX contract_ends ON contract (ends_at, id)",
        "CREATE INDEX contract_charge_order ON contract_charge (order_id)",
        "CREATE INDEX contract_charge_made ON contract_charge (made_at)",
        "CREATE INDEX outbox_dimension ON outbox (dimension_id, changed_at)",
    ]
}
