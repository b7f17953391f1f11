import Foundation
import Testing
import WeirBilling
import WeirCalendar
import WeirTestSupport

/// Invoices as text, CSV and JSON.
@Suite struct InvoiceOutputTests {
    static let april = Contract(
        subscription: "sub_1", number: 2, start: 1_774_972_800, end: 1_777_564_800, wholeStart: 1_774_972_800,
        isTrial: false)

    private func invoice(consumer: String = "Example, Ltd.") throws -> Invoice {
        let plan = try PlanText.parse(
            """
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
        ).plan.published(as: 3)
        var draft = InvoiceDraft(plan.currency)
        try draft.addFee(Self.april, plan, ExactAmount(Money("199 CNY")))
        let granted = [InvoiceDraw(grant: "grt_1", .units(1_000_000, meter: "calls"))]
        let paid = try [InvoiceDraw(grant: "grt_2", .money(Money("20.00 CNY")))]
        try draft.addUsage(Self.april, plan, "calls", units: 123_456, granted: granted, paid: paid)
        try draft.addUsage(Self.april, plan, "bytes_out", units: 5_000_000_000)
        let march = Contract(
            subscription: "sub_1", number: 1, start: 1_772_294_400, end: 1_774_972_800, wholeStart: 1_772_294_400,
            isTrial: false)
        try draft.addAdjustment(march, plan, "calls", billed: 1_000, units: 6_000)
        return try Invoice(
            InvoiceNumber(series: "ACME", sequence: 42), of: draft, seller: "ACME Weather", consumer: consumer,
            consumerID: "con_1",
            from: Self.april.start, to: 1_777_564_800, issued: 1_777_600_000,
            missing: [PeriodClosing.Agent(name: "edge-7", incarnation: "ab", watermark: 1_777_561_200)])
    }

    @Test func peopleReadColumns() throws {
        let text = try invoice().text()
        #expect(
            text == """
                Invoice ACME-000042
                From    ACME Weather
                To      Example, Ltd. (con_1)
                Period  2026-03-31T16:00:00Z to 2026-04-30T16:00:00Z
                Issued  2026-05-01T01:46:40Z

                #  what                                                                          units  amount CNY
                1  Fee of team 3                                                                            199.00
                2  calls, granted by team 3 or bought                                          1000000        0.00
                     from grt_1                                                                1000000
                3  calls under team 3                                                           123456       37.04
                4  calls, paid from the balance                                                             -20.00
                     from grt_2                                                              20.00 CNY
                5  bytes_out under team 3                                                   5000000000        3.33
                6  Minimum of bytes_out under team 3                                        5000000000        4.67
                7  Late calls under team 3, 2026-02-28T16:00:00Z to 2026-03-31T16:00:00Z  1000 to 6000        1.50
                   Total                                                                                    225.54

                Not complete: these agents had not reported to the period's end. What they have will be on a later invoice.
                  edge-7, complete to 2026-04-30T15:00:00Z

                """)
    }

    @Test func aLineIsExplainedStepByStep() throws {
        let invoice = try invoice()
        let plan = try PlanText.parse(
            "plan team\nof weather\nmode subscription\ncurrency CNY\nfee 199.00\nperiod month\nprice bytes_out included 1GB for 2.00 then per unit 1.00 per 3GB minimum 8.00"
        ).plan.published(as: 3)
        #expect(
            try LineExplanation(invoice.lines[5], under: plan).steps == [
                "price of bytes_out in team 3: included 1GB for 2.00 then per unit 1.00 per 3GB minimum 8.00",
                "5000000000 units cost 8.00 CNY:",
                "  1000000000 included: 2.00 CNY",
                "  4000000000 at 1.00 CNY per 3000000000 units: 1.333333333 CNY + 1/3 nano",
                "  at least 8.00 CNY: in all: 8.00 CNY",
                "exact: 4.666666666 CNY + 2/3 nano",
                "rounded: 4.67 CNY; carried to the next line: -0.003333334 CNY + 2/3 nano",
            ])
    }

    @Test func programsReadJSON() throws {
        let hostile = "</script>\"\\\u{0}\u{2028}天\n=1"
        let invoice = try invoice(consumer: hostile)
        let text = invoice.json.text
        #expect(!text.contains("</script>") && !text.contains("\u{2028}"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["consumer"] as? String == hostile)
        #expect(object["total"] as? String == "225.54" && object["number"] as? String == "ACME-000042")
        let lines = try #require(object["lines"] as? [[String: Any]])
        #expect(lines.count == 7)
        #expect(
            lines[6]["units_from"] as? Int == 1_000 && lines[6]["service_start"] as? String == "2026-02-28T16:00:00Z")
        #expect(lines[0]["meter"] is NSNull && lines[0]["units_to"] is NSNull && lines[2]["units_from"] as? Int == 0)
        let exact = try #require(lines[4]["exact"] as? [String: Int])
        #expect(exact == ["nano": 3_333_333_333, "remainder": 1, "denominator": 3])
        #expect(text.hasPrefix(#"{"number":"ACME-000042","seller":"#))
    }

    @Test func spreadsheetsReadCSVAndRunNothing() throws {
        let invoice = try invoice(consumer: "=cmd|' /C calc'!A0,\"x\"\r\n")
        let rows = invoice.csv.components(separatedBy: "\r\n")
        #expect(rows[0].hasPrefix("invoice,line,kind,contract,plan,plan_version,meter,service_start"))
        #expect(
            rows[1].hasPrefix(
                "ACME-000042,1,fee,sub_1/2,team,3,,2026-03-31T16:00:00Z,2026-04-30T16:00:00Z,,,,199000000000,0,1,199.00,CNY,con_1,\"'=cmd|"
            ))
        #expect(
            CSVText.row(["-20.00", "-x", "@a", "a\"b", "+1", "", "a,b"]) == "-20.00,'-x,'@a,\"a\"\"b\",'+1,,\"a,b\"\r\n"
        )
        #expect(try self.invoice().csv.components(separatedBy: "\r\n").count == 9)
    }

    @Test func totalsAreCreditWhereMoreIsGivenBack() throws {
        let plan = try PlanText.parse(PlanTexts.subscription).plan
        var draft = InvoiceDraft(plan.currency)
        try draft.addCredit(Self.april, plan, ExactAmount(Money("-3.25 USD")), from: Self.april.start + 5)
        let invoice = try Invoice(
            InvoiceNumber(series: "A", sequence: 1), of: draft, seller: "a", consumer: "b\nc", consumerID: "d", from: 0,
            to: 1, issued: 2)
        #expect(try invoice.total == Money("-3.25 USD") && invoice.due.nano == 0 && invoice.credit == Money("3.25 USD"))
        #expect(invoice.text().contains("Total, to your credit") && invoice.text().contains("To      b c (d)\n"))
    }

    @Test(arguments: 1...2)
    func timesAreThoseOfFoundation(_ seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<500 {
            // From 1600 on: Foundation takes older dates for Julian ones.
            let instant = Int64.random(in: -11_676_096_000...253_402_300_799, using: &random)
            #expect(UTCTime.text(instant) == Date(timeIntervalSince1970: TimeInterval(instant)).formatted(.iso8601))
        }
        #expect(UTCTime.text(951_782_400) == "2000-02-29T00:00:00Z" && UTCTime.text(-1) == "1969-12-31T23:59:59Z")
    }
}
