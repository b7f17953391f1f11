import Testing
import WeirBilling
import WeirCore
import WeirStore

/// One contract and one invoice: what was used, and the lines that it comes to.
struct GoldenInvoice: Sendable, CustomTestStringConvertible {
    let name: String
    let plan: String
    var period = InvoicesUnderTest.april
    var fee = ""
    /// Calls or bytes that were granted, and how many of them were drawn.
    var granted: [(meter: String, units: Int64, drawn: UInt64)] = []
    /// Used beyond, by meter.
    var charged: [(meter: String, units: UInt64)] = []
    let lines: [String]
    let total: String

    var testDescription: String { name }

    private static let team = """
        plan team
        of weather
        mode subscription
        currency CNY
        fee 199.00
        period month from 1 in Asia/Shanghai
        grant 1M calls
        when used up: charge
        price calls per unit 0.30 per 1000
        price bytes_out included 1GB for 2.00 then per unit 1.00 per 3GB minimum 8.00
        """

    private static func monthly(_ price: String, zone: String = "UTC", fee: String = "30.00") -> String {
        "plan p\nof weather\nmode subscription\ncurrency USD\nfee \(fee)\nperiod month from 1 in \(zone)\nprice calls \(price)\n"
    }

    static let all: [GoldenInvoice] = [
        GoldenInvoice(
            name: "several meters, prepaid draws and a minimum", plan: team, fee: "199 CNY",
            granted: [("calls", 1_000_000, 1_000_000)],
            charged: [("calls", 123_456), ("bytes_out", 5_000_000_000)],
            lines: [
                "fee 199.00", "usage bytes_out 0-5000000000 3.33", "minimum bytes_out 0-5000000000 4.67",
                "granted calls 0-1000000 0.00", "usage calls 0-123456 37.04",
            ], total: "244.04"),
        GoldenInvoice(
            name: "nothing used: the fee, what is due at the start, and the minimum", plan: team, fee: "199 CNY",
            lines: ["fee 199.00", "usage bytes_out 0-0 2.00", "minimum bytes_out 0-0 6.00"], total: "207.00"),
        GoldenInvoice(
            name: "a month that loses an hour", plan: monthly("per unit 0.001", zone: "Europe/Berlin"),
            period: (1_803_855_600, 1_806_530_400), fee: "30 USD", charged: [("calls", 743)],
            lines: ["fee 30.00", "usage calls 0-743 0.74"], total: "30.74"),
        GoldenInvoice(
            name: "a February of 29 days", plan: monthly("per unit 0.01"), period: (1_832_976_000, 1_835_481_600),
            fee: "30 USD", charged: [("calls", 29)], lines: ["fee 30.00", "usage calls 0-29 0.29"], total: "30.29"),
        GoldenInvoice(
            name: "graduated", plan: monthly("graduated up to 10 1.00 then up to 20 0.50 then 0.25", fee: "0.00"),
            charged: [("calls", 24)], lines: ["usage calls 0-24 16.00"], total: "16.00"),
        GoldenInvoice(
            name: "volume", plan: monthly("volume up to 10 1.00 then 0.50", fee: "0.00"), charged: [("calls", 11)],
            lines: ["usage calls 0-11 5.50"], total: "5.50"),
        GoldenInvoice(
            name: "by the thousand, begun", plan: monthly("package of 1000 for 5.00", fee: "0.00"),
            charged: [("calls", 1_001)], lines: ["usage calls 0-1001 10.00"], total: "10.00"),
        GoldenInvoice(
            name: "free units, and a percentage off",
            plan: monthly("free 100 then per unit 0.10 12.5% off", fee: "0.00"),
            charged: [("calls", 150)], lines: ["usage calls 0-150 4.38"], total: "4.38"),
        GoldenInvoice(
            name: "granted calls only", plan: monthly("per unit 0.01", fee: "0.00"), granted: [("calls", 50, 20)],
            lines: ["granted calls 0-20 0.00"], total: "0.00"),
    ]
}

extension LedgerTests {
    @Suite struct GoldenInvoiceTests {
        @Test(arguments: LedgerUnderTest.Kind.allCases, GoldenInvoice.all)
        func aContractComesToItsLines(_ kind: LedgerUnderTest.Kind, _ golden: GoldenInvoice) async throws {
            let shop = try await InvoicesUnderTest(kind, golden.plan, at: golden.period.start)
            try await shop.contract(from: golden.period.start, to: golden.period.end)
            if !golden.fee.isEmpty {
                try await shop.charge(
                    1, ExactAmount(Money(golden.fee)), from: golden.period.start, to: golden.period.end)
            }
            for (meter, units, drawn) in golden.granted {
                let grant = try await shop.grant(units, of: meter, order: meter)
                try await shop.draw(drawn, grant, at: golden.period.start + 7_200)
            }
            for (meter, units) in golden.charged {
                // In the last hour, of two runs.
                let instant = golden.period.end - 1
                try await shop.send(
                    [shop.cell(units / 3, "invoice/\(meter)", at: instant)])
                try await shop.send(
                    [shop.cell(units - units / 3, "invoice/\(meter)", at: instant)], run: 2)
            }
            #expect(try await shop.sweep(at: golden.period.end - 1) == [])
            for run in 1...2 as ClosedRange<UInt64> {
                try await shop.send(
                    [], run: run, promise: .before(golden.period.end))
            }
            #expect(try await shop.sweep(at: golden.period.end + 600) == ["ACME-000001"])
            let stored = try await shop.invoice("ACME-000001")
            #expect(stored.lines == golden.lines)
            #expect(stored.invoice.total.figure == golden.total)
            #expect(stored.invoice.missing == [])
            #expect(stored.invoice.lines.allSatisfy { $0.plan == shop.plan.code && $0.planVersion == 1 })
            #expect(try await shop.differences("ACME-000001") == [])
            #expect(try await shop.ledger.broken() == [])
            // Once and for all.
            #expect(try await shop.sweep(at: golden.period.end + 90_000) == [])
            #expect(try await shop.invoice("ACME-000001") == stored)
        }
    }
}
