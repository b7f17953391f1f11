import Foundation
import Testing
import WeirBilling
import WeirCalendar
import WeirTestSupport

/// Invoices put together from contracts and usage.
@Suite struct InvoiceTests {
    let dollars: Currency
    let number: InvoiceNumber

    init() throws {
        dollars = try Currency("USD")
        number = try InvoiceNumber(series: "ACME", sequence: 42)
    }

    static func plan(_ price: String, mode: String = PlanTexts.postpaid) throws -> Plan {
        try PlanText.parse(mode.replacing("per unit 0.01", with: price)).plan.published(as: 3)
    }

    static func contract(
        _ number: Int64 = 1, from start: Int64 = 0, to end: Int64 = 2_592_000, subscription: String = "sub_a"
    ) -> Contract {
        Contract(subscription: subscription, number: number, start: start, end: end, wholeStart: start, isTrial: false)
    }

    private func invoice(_ draft: InvoiceDraft, missing: [PeriodClosing.Agent] = [], consumer: String = "Example, Ltd.")
        throws -> Invoice
    {
        try Invoice(
            number, of: draft, seller: "ACME", consumer: consumer, consumerID: "con_1", from: 0, to: 2_592_000,
            issued: 2_600_000,
            missing: missing)
    }

    /// Prices, units, and what the lines come to: usage and minimum.
    static let golden: [(price: String, units: Int64, usage: String, minimum: String)] = [
        ("free", 5_000, "0", "0"), ("fee 12.34", 0, "12.34", "0"), ("fee 12.34", 99, "12.34", "0"),
        ("per unit 0.50 per 1M", 1_000_000, "0.50", "0"), ("per unit 0.50 per 1M", 9_999, "0.00", "0"),
        ("per unit 0.50 per 1M", 10_000, "0.01", "0"),
        ("per unit 0.015", 1, "0.02", "0"), ("per unit 0.015", 3, "0.05", "0"),
        ("graduated up to 10 1.00 then up to 20 0.50 then 0.25", 10, "10.00", "0"),
        ("graduated up to 10 1.00 then up to 20 0.50 then 0.25", 11, "10.50", "0"),
        ("graduated up to 10 1.00 then up to 20 0.50 then 0.25", 24, "16.00", "0"),
        ("graduated up to 10 0 then 0.10 plus 5.00", 10, "0", "0"),
        ("graduated up to 10 0 then 0.10 plus 5.00", 11, "5.10", "0"),
        ("volume up to 10 1.00 then 0.50", 10, "10.00", "0"), ("volume up to 10 1.00 then 0.50", 11, "5.50", "0"),
        ("package of 1000 for 5.00", 0, "0", "0"), ("package of 1000 for 5.00", 1_000, "5.00", "0"),
        ("package of 1000 for 5.00", 1_001, "10.00", "0"),
        ("included 1000 for 5.00 then per unit 0.01", 1_000, "5.00", "0"),
        ("included 1000 for 5.00 then per unit 0.01", 1_001, "5.01", "0"),
        ("free 1000 then per unit 0.01", 1_000, "0", "0"), ("free 1000 then per unit 0.01", 1_500, "5.00", "0"),
        ("per unit 0.01 minimum 5.00", 100, "1.00", "4.00"), ("per unit 0.01 minimum 5.00", 500, "5.00", "0"),
        ("per unit 0.01 minimum 5.00", 0, "0", "5.00"),
        ("per unit 0.01 maximum 5.00", 10_000, "5.00", "0"), ("per unit 0.01 maximum 5.00", 100, "1.00", "0"),
        ("per unit 0.01 12.5% off", 1_000, "8.75", "0"),
        ("fee 1.00 and free 10 then per unit 0.10 and package of 5 for 1.00 minimum 4.00 50% off", 20, "3.00", "0"),
        ("fee 1.00 and free 10 then per unit 0.10 and package of 5 for 1.00 minimum 9.00 50% off", 20, "3.00", "1.50"),
    ]

    @Test(arguments: golden)
    func eachPriceModelComesToItsLines(_ row: (price: String, units: Int64, usage: String, minimum: String)) throws {
        let plan = try Self.plan(row.price)
        var draft = InvoiceDraft(dollars)
        try draft.addUsage(Self.contract(), plan, "calls", units: row.units)
        let invoice = try invoice(draft)
        #expect(try invoice.sum(of: .usage) == Money("\(row.usage) USD"), "\(row.price)")
        #expect(try invoice.sum(of: .minimum) == Money("\(row.minimum) USD"), "\(row.price)")
        #expect(try invoice.total == invoice.sum(of: .usage, .minimum) && invoice.due == invoice.total)
        for line in invoice.lines {
            let again = try LineExplanation(
                line, under: plan,
                hours: [
                    .init(start: 0, agent: "a", units: row.units / 3),
                    .init(start: 3_600, agent: "b", units: row.units - row.units / 3),
                ])
            #expect(again.differences.isEmpty && again.money == line.money && again.counted == row.units, "\(again)")
        }
    }

    @Test(arguments: 1...3)
    func anyPartitionIntoInvoicesComesToTheSame(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for fields in try Vectors.lines("rate").shuffled(using: &random).prefix(150) {
            let model = try PriceText.model(fields[1], dollars)
            guard
                let plan = reading(
                    PlanTexts.postpaid.replacing("per unit 0.01", with: PlanText.print(model, of: "calls"))
                ).plan,
                let price = try plan.priceFunction(of: "calls")
            else { continue }
            let cuts = (0..<6).map { _ in Int64.random(in: 0...2_000_000, using: &random) }.sorted()
            guard let last = cuts.last, (try? price.closingCost(of: last)) != nil else { continue }
            var carries: [CarryKey: ExactAmount] = [:]
            var billed: Int64?
            var (exact, invoiced) = (ExactAmount.zero(dollars), ExactAmount.zero(dollars))
            for units in cuts {
                var draft = InvoiceDraft(dollars, carries: carries)
                try draft.addUsage(Self.contract(), plan, "calls", billed: billed, units: units, isOver: false)
                for line in draft.lines {
                    exact = try exact.adding(line.money.exact)
                    invoiced = try invoiced.adding(ExactAmount(line.amount))
                    #expect(line.amount.minor != nil)
                }
                (carries, billed) = (draft.carries, units)
            }
            var draft = InvoiceDraft(dollars, carries: carries)
            try draft.addUsage(Self.contract(), plan, "calls", billed: billed, units: last)
            for line in draft.lines {
                exact = try exact.adding(line.money.exact)
                invoiced = try invoiced.adding(ExactAmount(line.amount))
            }
            #expect(try exact == price.closingCost(of: last), "\(fields[1])")
            // What is not invoiced is carried: at most half a cent for each kind of line.
            var left = try exact.subtracting(invoiced)
            for carry in draft.carries.values { left = try left.subtracting(carry) }
            #expect(left.isZero)
        }
    }

    @Test(arguments: 1...3)
    func whatABalanceHasPaidLeavesNothingToPay(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for price in [
            "per unit 0.0033 per 7", "graduated up to 100 0.0049 then 0.0001 per 3", "per unit 0.005",
            "package of 3 for 0.333333333",
        ] {
            let plan = try Self.plan(price, mode: PlanTexts.payg)
            var carries: [CarryKey: ExactAmount] = [:]
            for period in 1...24 {
                let units = Int64.random(in: 0...300, using: &random)
                var rating = try Rating(#require(try plan.priceFunction(of: "calls")))
                var paid = rating.posted
                for _ in 0..<units { paid = try paid.adding(rating.count(1)) }
                var draft = InvoiceDraft(dollars, carries: carries)
                let half = Money(nano: paid.nano / 2, dollars)
                let draws = try [
                    InvoiceDraw(grant: "grt_a", .money(half)),
                    InvoiceDraw(grant: "grt_b", .money(paid.subtracting(half))),
                ]
                try draft.addUsage(
                    Self.contract(Int64(period)), plan, "calls", units: units, paid: paid.nano > 0 ? draws : [])
                let invoice = try invoice(draft)
                #expect(invoice.total.nano == 0 && invoice.due.nano == 0, "\(price), \(units)")
                for line in invoice.lines { #expect(try LineExplanation(line, under: plan).differences.isEmpty) }
                carries = draft.carries
            }
        }
    }

    @Test func fractionsThatNoBalanceCanPayAreNotDueEither() throws {
        // A third of half a cent in each period: half a cent after three, of which balances have paid 2 nano-units less.
        let plan = try Self.plan("per unit 0.005 per 3", mode: PlanTexts.payg)
        var carries: [CarryKey: ExactAmount] = [:]
        var amounts: [String] = []
        for period in 1...3 {
            var draft = InvoiceDraft(dollars, carries: carries)
            let paid = [InvoiceDraw(grant: "grt_a", .money(Money(nano: 1_666_666, dollars)))]
            try draft.addUsage(Self.contract(Int64(period)), plan, "calls", units: 1, paid: paid)
            amounts += draft.lines.map { "\($0.amount)" }
            #expect(try invoice(draft).total.nano == 0)
            carries = draft.carries
        }
        #expect(amounts == ["0.00 USD", "0.00 USD", "0.00 USD", "0.00 USD", "0.01 USD", "-0.01 USD"])
    }

    @Test func whatIsPartlyPaidIsDueForTheRest() throws {
        var draft = InvoiceDraft(dollars)
        try draft.addUsage(
            Self.contract(), Self.plan("per unit 0.01"), "calls", units: 1_000,
            paid: [InvoiceDraw(grant: "grt_a", .money(Money("4 USD")))])
        #expect(try invoice(draft).due == Money("6 USD"))
    }

    @Test func lateUsageIsAnAdjustmentThatKeepsItsServicePeriod() throws {
        let plan = try Self.plan("per unit 0.01 minimum 5.00")
        let march = Self.contract(1, from: 0, to: 100)
        let april = Self.contract(2, from: 100, to: 200)
        var first = InvoiceDraft(dollars)
        try first.addUsage(march, plan, "calls", units: 300)
        #expect(try invoice(first).total == Money("5 USD"))
        var second = InvoiceDraft(dollars, carries: first.carries)
        try second.addUsage(april, plan, "calls", units: 1_000)
        try second.addAdjustment(march, plan, "calls", billed: 300, units: 700)
        let line = try #require(second.lines.last)
        // The minimum of the first invoice counts: 7.00 in all.
        #expect(try line.kind == .adjustment && line.amount == Money("2 USD"))
        #expect(
            (line.serviceStart, line.serviceEnd) == (0, 100) && line.contract == "sub_a/1" && line.unitsFrom == 300
                && line.unitsTo == 700)
        #expect(try invoice(second).total == Money("12 USD"))
        #expect(
            try LineExplanation(line, under: plan, hours: [.init(start: 0, agent: "slow", units: 400)]).differences
                .isEmpty)
        let before = second.lines
        try second.addAdjustment(march, plan, "calls", billed: 700, units: 700)
        #expect(second.lines == before)
        #expect(throws: BillingError.self) { try second.addAdjustment(march, plan, "calls", billed: 700, units: -1) }
        #expect(throws: BillingError.self) { try second.addAdjustment(march, plan, "other", billed: 1, units: 2) }
    }

    @Test func anUpgradeInMidPeriodIsInvoicedByContract() throws {
        let clock = PeriodCalendar()
        func plan(_ code: String, _ fee: String, _ unit: String) throws -> Plan {
            try PlanText.parse(
                "plan \(code)\nof weather\nmode subscription\ncurrency CNY\nfee \(fee)\nperiod month from 1 in Asia/Shanghai\nprice calls per unit \(unit)\n"
            ).plan.published(as: 1)
        }
        let (small, large) = try (plan("small", "31.00", "0.02"), plan("large", "310.00", "0.01"))
        var draft = InvoiceDraft(small.currency)
        var (subscription, events) = try Subscription.start(
            "sub_u", small, at: time("2026-03-01T16:00:00Z"), clock: clock)
        let change = try time("2026-03-11T03:00:00Z")
        events += try subscription.change(to: large, at: change, .now, clock: clock)
        events += try subscription.advance(to: time("2026-03-31T16:00:00Z"), clock: clock)
        var plans: [Int64: Plan] = [:]
        for event in events {
            switch event {
            case .began(let contract, let plan, let fee, _):
                plans[contract.number] = plan
                if contract.number < 3 { try draft.addFee(contract, plan, fee) }
            case .credited(let contract, let credit): try draft.addCredit(contract, small, credit, from: change)
            case .closed(let contract, _):
                try draft.addUsage(contract, #require(plans[contract.number]), "calls", units: contract.number * 1_000)
            default: break
            }
        }
        // 30 of 31 days in the first month; then 20 days and 13 hours of it at the other fee.
        #expect(
            draft.lines.map { "\($0.kind.rawValue) \($0.contract) \($0.amount)" } == [
                "fee sub_u/1 30.00 CNY", "usage sub_u/1 20.00 CNY", "credit sub_u/1 -20.54 CNY",
                "fee sub_u/2 205.42 CNY", "usage sub_u/2 20.00 CNY",
            ])
        for line in draft.lines where line.kind == .fee || line.kind == .credit {
            let isFirst = line.contract == "sub_u/1"
            let contract = Contract(
                subscription: "sub_u", number: isFirst ? 1 : 2, start: line.serviceStart, end: line.serviceEnd,
                wholeStart: try time("2026-02-28T16:00:00Z"), isTrial: false)
            let again = try LineExplanation(line, under: isFirst ? small : large, contract: contract)
            #expect(again.differences.isEmpty && again.steps.count == 3, "\(again)")
        }
    }

    /// Periods (the first goes from 31 January to 28 February) with their first fee, by where a subscription begins in them.
    static let fees = [
        ("month from 31 in UTC", "2026-02-14T00:00:00Z", "14.00 USD"),  // 14 of 28 days
        ("month from 1 in UTC", "2028-02-15T12:00:00Z", "14.00 USD"),  // half of 29 days
        ("month from 1 in Europe/Berlin", "2026-03-29T22:00:00Z", "1.81 USD"),  // 48 of 743 hours
        ("month from 1 in Europe/Berlin", "2026-10-29T23:00:00Z", "1.80 USD"),  // 48 of 745
        ("year from 02-29 in UTC", "2027-03-01T00:00:00Z", "27.92 USD"),  // 364 of 365 days from 28 February
        ("month from 1 in Pacific/Apia", "2011-12-29T10:00:00Z", "1.87 USD"),  // 48 of 720: a day was skipped
        ("quarter from 1 in Asia/Shanghai", "2026-03-30T16:00:00Z", "0.31 USD"),  // a day of 90
    ]

    @Test(arguments: fees)
    func aShortFirstPeriodIsInvoicedByTheSecond(_ period: String, _ start: String, _ amount: String) throws {
        let text = PlanTexts.subscription.replacing("period month", with: "period \(period)").replacing(
            "5.00", with: "28.00")
        let (subscription, events) = try Subscription.start(
            "s", PlanText.parse(text).plan, at: time(start), clock: PeriodCalendar())
        guard case .began(let contract, let plan, let fee, _) = events[0] else { return }
        var draft = InvoiceDraft(dollars)
        try draft.addFee(contract, plan, fee)
        #expect("\(draft.lines[0].amount)" == amount, "\(fee)")
        #expect(try LineExplanation(draft.lines[0], under: plan, contract: subscription.contract).differences.isEmpty)
    }

    @Test func whatIsNotRightIsRefusedAndNothingIsAdded() throws {
        var draft = InvoiceDraft(dollars)
        let plan = try Self.plan("per unit 0.01")
        let contract = Self.contract()
        let yuan = try InvoiceDraw(grant: "g", .money(Money("1 CNY")))
        let units = InvoiceDraw(grant: "g", .units(5, meter: "calls"))
        let huge = InvoiceDraw(grant: "g", .units(.max, meter: "calls"))
        #expect(throws: BillingError.self) { try draft.addUsage(contract, plan, "calls", units: -1) }
        #expect(throws: BillingError.self) { try draft.addUsage(contract, plan, "calls", billed: 5, units: 4) }
        #expect(throws: BillingError.self) { try draft.addUsage(contract, plan, "calls", units: .max) }
        #expect(throws: BillingError.self) {
            try draft.addUsage(contract, plan, "calls", units: 4, granted: [huge, huge])
        }
        #expect(throws: BillingError.self) {
            try draft.addUsage(contract, plan, "calls", units: 4, granted: [units], paid: [yuan])
        }
        #expect(throws: BillingError.self) { try draft.addUsage(contract, plan, "calls", units: 4, paid: [units]) }
        #expect(throws: BillingError.self) { try draft.addUsage(contract, plan, "bytes", units: 4) }
        #expect(throws: BillingError.self) { try draft.addFee(contract, plan, ExactAmount(Money("1 CNY"))) }
        #expect(draft.lines.isEmpty && draft.carries.isEmpty)
        try draft.addUsage(contract, plan, "bytes", units: 0)
        #expect(draft.lines.isEmpty)
        #expect(throws: BillingError.self) {
            try Invoice(number, of: draft, seller: "a", consumer: "b", consumerID: "c", from: 5, to: 5, issued: 6)
        }
        try draft.addUsage(contract, plan, "calls", units: 100)
        let other = try Self.plan("per unit 0.02").published(as: 4)
        #expect(throws: BillingError.self) { try LineExplanation(draft.lines[0], under: other) }
        let wrong = try LineExplanation(
            draft.lines[0], under: other.published(as: 3), hours: [.init(start: 0, agent: "a", units: 99)])
        #expect(
            wrong.differences == [
                "the line has 1.00 USD, computed again it is 2.00 USD", "the line has 100 units, its hours have 99",
            ])
    }

    @Test func numbersHaveNoGaps() throws {
        #expect("\(number)" == "ACME-000042")
        #expect(try "\(number.next())" == "ACME-000043")
        #expect(try number < number.next())
        #expect(try "\(InvoiceNumber(series: "A-2026", sequence: 12_345_678))" == "A-2026-12345678")
        for series in ["", "acme", "A B", "-A", "Ä", "A'; --", String(repeating: "A", count: 21)] {
            #expect(
                refusal { () throws(BillingError) in try InvoiceNumber(series: series, sequence: 1) }.hasPrefix(
                    "invoice.series: "))
        }
        #expect(throws: BillingError.self) { try InvoiceNumber(series: "A", sequence: 0) }
        #expect(throws: BillingError.self) { try InvoiceNumber(series: "A", sequence: .max).next() }
        #expect(try InvoiceNumber("ACME-2026-000042").sequence == 42)
        #expect(try InvoiceNumber("ACME-2026-000042").series == "ACME-2026")
        for text in ["ACME", "ACME-", "-1", "acme-1", "A-0", "A-x", ""] {
            #expect(throws: BillingError.self) { try InvoiceNumber(text) }
        }
    }
}

@Suite struct PurchaseInvoiceTests {
    @Test func aPurchaseShowsWhatWasPaidWithItsOrder() throws {
        let plan = try PlanText.parse(PlanTexts.package).plan.published(as: 2)
        let contract = Contract(
            subscription: "sub_a", number: 1, start: 100, end: nil, wholeStart: 100, isTrial: false)
        var draft = InvoiceDraft(plan.currency)
        try draft.addFee(contract, plan, ExactAmount(Money("5.00 USD")))
        try draft.addPayment(contract, plan, order: "ord_1", Money("0 USD"))
        try draft.addPayment(contract, plan, order: "ord_1", Money("5.00 USD"))
        #expect(draft.lines.map(\.kind) == [.fee, .paid] && draft.lines.map(\.amount.figure) == ["5.00", "-5.00"])
        for line in draft.lines {
            #expect(try LineExplanation(line, under: plan, contract: contract).differences == [])
        }
    }

    @Test func whatWasReservedAndNotUsedIsGivenBackAfterTheInvoice() throws {
        let plan = try PlanText.parse(PlanTexts.postpaid).plan.published(as: 2)
        let contract = Contract(subscription: "sub_a", number: 1, start: 0, end: 100, wholeStart: 0, isTrial: false)
        var draft = InvoiceDraft(plan.currency)
        let back = [InvoiceDraw(grant: "grt_1", .money(try Money("-0.05 USD")))]
        try draft.addAdjustment(contract, plan, "calls", billed: 50, units: 30, paid: back)
        #expect(draft.lines.map(\.amount.figure) == ["-0.20", "0.05"])
        for line in draft.lines { #expect(try LineExplanation(line, under: plan).differences == []) }
        #expect(throws: BillingError.self) {
            try draft.addAdjustment(contract, plan, "calls", billed: 50, units: -1)
        }
    }
}

@Suite struct PeriodClosingTests {
    private func agent(_ name: String, _ watermark: Int64?) -> PeriodClosing.Agent {
        PeriodClosing.Agent(name: name, incarnation: "1", watermark: watermark)
    }

    @Test func aPeriodClosesWhenEveryAgentIsPastItOrTheGraceIsOver() {
        let (b, a, late) = (agent("b", 999), agent("a", nil), agent("c", 1_000))
        func decide(_ agents: [PeriodClosing.Agent], _ now: Int64) -> PeriodClosing.Decision {
            PeriodClosing.decide(end: 1_000, grace: 500, agents: agents, at: now)
        }
        #expect(decide([late], 999) == .open(waitingFor: [], until: 1_500))
        #expect(decide([late], 1_000) == .closed(missing: []))
        #expect(decide([], 1_000) == .closed(missing: []))
        #expect(decide([b, late, a], 1_499) == .open(waitingFor: [a, b], until: 1_500))
        #expect(decide([b, late, a], 1_500) == .closed(missing: [a, b]))
        #expect(PeriodClosing.decide(end: 5, grace: -9, agents: [a], at: 5) == .closed(missing: [a]))
        #expect(
            PeriodClosing.decide(end: .max - 1, grace: 9, agents: [a], at: 5) == .open(waitingFor: [a], until: .max))
    }

    @Test func whoWasSilentForLongIsNamedAndNotWaitedForAndWhoWasNotThereIsNeither() {
        func agent(_ name: String, heard: Int64) -> PeriodClosing.Agent {
            PeriodClosing.Agent(name: name, incarnation: "1", watermark: nil, heard: heard)
        }
        let hour: Int64 = 3_600
        let (gone, dead) = (agent("gone", heard: 0), agent("dead", heard: 5 * hour))
        let alive = agent("alive", heard: 95 * hour)
        func decide(_ agents: [PeriodClosing.Agent], _ now: Int64, grace: Int64 = 24 * hour) -> PeriodClosing.Decision {
            PeriodClosing.decide(start: hour, end: 96 * hour, grace: grace, agents: agents, at: now)
        }
        #expect(decide([gone], 96 * hour) == .closed(missing: []))
        #expect(decide([dead, gone], 96 * hour) == .closed(missing: [dead]))
        #expect(decide([dead, alive], 96 * hour) == .open(waitingFor: [alive, dead], until: 120 * hour))
        #expect(decide([dead, alive], 119 * hour - 1) == .open(waitingFor: [alive, dead], until: 120 * hour))
        #expect(decide([dead, alive], 119 * hour) == .closed(missing: [alive, dead]))
        // One that has nothing to do says so once an hour.
        #expect(decide([alive], 96 * hour + 599, grace: 600) == .open(waitingFor: [alive], until: 96 * hour + 600))
    }
}
