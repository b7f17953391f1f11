import Testing
import WeirBilling

/// What is no plan, and what its refusal says: where, what was expected, what was found, what to write instead.
@Suite struct PlanRefusalTests {
    @Test(arguments: [
        ("fee 5.00", "fee 5,00", "5:6: expected the end of the line after \"5\", found \",\""),
        ("fee 5.00", "fee", "5:4: expected more after \"fee\", found the end of the line; try fee 5.00"),
        ("fee 5.00", "fee -5", "5:5: expected an amount of 0 or more, found \"-5\""),
        (
            "fee 5.00", "fee five",
            "5:5: expected an amount such as 5.00, digits with a point and at most nine behind it where needed after \"fee\", found \"five\""
        ),
        (
            "fee 5.00", "fee 99999999999",
            "5:5: expected an amount from -9223372036.854775808 USD to 9223372036.854775807 USD, found one beyond; use smaller amounts or units"
        ),
        ("fee 5.00", "fee 5.00 USD", "5:10: expected the end of the line after \"5.00\", found \"USD\""),
        (
            "plan p", "plan 1st",
            "1:6: expected a letter, then letters, digits, \".\", \"_\" or \"-\", at most 63, found \"1st\"; write a short name such as calls"
        ),
        (
            "of weather", "of Weather",
            "2:4: expected a lower-case letter, then lower-case letters, digits and inner \"-\", at most 63, found \"Weather\"; try weather"
        ),
        ("of weather", "of weather, weather", "2:13: expected each product once, found \"weather\" again"),
        ("of weather", "of weather maps", "2:12: expected the end of the line after \"weather\", found \"maps\""),
        (
            "mode package", "mode packages",
            "3:6: expected package, subscription, payg or postpaid after \"mode\", found \"packages\"; try package"
        ),
        (
            "currency USD", "currency usd",
            "4:10: expected an ISO 4217 code of three capital letters, found \"usd\"; write USD"
        ),
        ("grant 1000 calls", "grant 0 calls", "6:7: expected a number from 1 to 9223372036854775807, found \"0\""),
        (
            "grant 1000 calls", "grant 1000",
            "6:11: expected the code of a meter, such as calls after \"1000\", found the end of the line"
        ),
        ("grant 1000 calls", "grant 10EB calls", "6:7: expected a number such as 1000 after \"grant\", found \"10EB\""),
        (
            "grant 1000 calls", "grant 99999999TB calls",
            "6:7: expected a number from 1 to 9223372036854775807, found \"99999999TB\""
        ),
        (
            "grant 1000 calls", "grant 5.00 CNY",
            "6:12: expected the plan's currency after \"5.00\", found \"CNY\"; try USD"
        ),
        (
            "grant 1000 calls", "gratn 1000 calls",
            "3:1: expected a line \"grant\" in mode package: what a package holds, found none; try grant 1000 calls\n"
                + "6:1: expected a line that begins with plan, of, mode, currency, fee, period, expires, trial, grant, when, price, unreported, on, overdue, credit or rules:, found \"gratn\"; try grant 1000 calls"
        ),
        (
            "mode package", "mode package\nmode payg",
            "4:1: expected one line \"mode\", found another; the first is line 3"
        ),
    ])
    func anErrorHasItsPlaceAndWhatToWrite(_ old: String, _ new: String, _ message: String) {
        #expect(reading(PlanTexts.package.replacing(old, with: new)).errors == message)
    }

    @Test(arguments: [
        (
            "price calls 0.01",
            "7:13: expected a price (free, fee, per unit, graduated, volume, package of, included) after \"calls\", found \"0.01\"; try per unit 0.01"
        ),
        (
            "price calls perunit 0.01",
            "7:13: expected a price (free, fee, per unit, graduated, volume, package of, included) after \"calls\", found \"perunit\""
        ),
        (
            "price calls grduated 0.01",
            "7:13: expected a price (free, fee, per unit, graduated, volume, package of, included) after \"calls\", found \"grduated\"; try graduated"
        ),
        ("price calls per unit 0.01 per 0", "7:31: expected a number from 1 to 9223372036854775807, found \"0\""),
        (
            "price calls graduated up to 10 0.01",
            "7:36: expected \"then\" after \"0.01\", found the end of the line; try then 0.01 for the units beyond"
        ),
        (
            "price calls graduated up to 10 1 then up to 5 1 then 1",
            "7:13: expected more than 10, where the tier before ends at graduated[1].upTo, found 5; order the tiers by their ends, which count from the period's first unit"
        ),
        (
            "price calls per unit 1 maximum 5 and fee 1",
            "7:34: expected the end of the price after a minimum, maximum or reduction of all before it, found \"and\"; try parentheses around the part that it is of"
        ),
        ("price calls per unit 1 5%", "7:26: expected \"off\" after \"5%\", found the end of the line; try 5% off"),
        ("price calls per unit 1 500% off", "7:24: expected 0% to 100%, found 500%; use at most 100%"),
        ("price calls (per unit 1", "7:24: expected \")\" after \"1\", found the end of the line"),
        ("price calls per unit 1)", "7:23: expected the end of the line after \"1\", found \")\""),
        ("price calls package of 10 5", "7:27: expected \"for\" after \"10\", found \"5\"; try package of 10 for 5.00"),
        (
            "price calls included 10 for 5",
            "7:30: expected \"then\" after \"5\", found the end of the line; try then per unit 0.01"
        ),
        (
            "price calls minimum 5",
            "7:13: expected a price (free, fee, per unit, graduated, volume, package of, included) after \"calls\", found \"minimum\""
        ),
        (
            "price calls per unit 1 maximum 1 minimum 2",
            "7:13: expected a minimum that is not above the maximum at minimum.amount, found 2.00 USD and 1.00 USD; lower the minimum or raise the maximum"
        ),
        (
            "period month from monday",
            "6:8: expected signup or a day (15) at from, found \"monday\"; leave it out to begin at the signup\n7:1: expected one line \"period\", found another; the first is line 6"
        ),
    ])
    func pricesAndPeriodsAreRefusedInTheirLine(_ line: String, _ message: String) {
        let isPeriod = line.hasPrefix("period")
        let text =
            isPeriod
            ? PlanTexts.subscription.replacing("period month", with: line) + "period month\n"
            : PlanTexts.subscription + line
        #expect(reading(text).errors == message)
    }

    @Test(arguments: [
        (
            PlanTexts.package, "period month",
            "expected no line \"period\" in mode package, as it is of subscription and payg and postpaid; try expires 90 days"
        ),
        (PlanTexts.package, "credit limit 5", "expected no line \"credit\" in mode package, as it is of postpaid"),
        (
            PlanTexts.package, "trial 5 days",
            "expected no line \"trial\" in mode package, as it is of subscription and postpaid"
        ),
        (
            PlanTexts.package, "overdue grace 5 days",
            "expected no line \"overdue\" in mode package, as it is of subscription and postpaid"
        ),
        (
            PlanTexts.subscription, "expires 5 days",
            "expected no line \"expires\" in mode subscription, as it is of package; try period month"
        ),
        (
            PlanTexts.subscription, "credit limit 5",
            "expected no line \"credit\" in mode subscription, as it is of postpaid; try the plan without it"
        ),
        (
            PlanTexts.payg, "fee 5",
            "expected no line \"fee\" in mode payg, as it is of package and subscription and postpaid; try mode subscription"
        ),
        (
            PlanTexts.payg, "trial 5 days",
            "expected no line \"trial\" in mode payg, as it is of subscription and postpaid; try grant 5.00 USD for a start"
        ),
        (
            PlanTexts.payg, "grant 5 calls",
            "expected money to start with in mode payg, found units; try grant 5.00 USD, or mode package"
        ),
        (
            PlanTexts.payg, "when used up: deny",
            "expected no line \"when\" in mode payg, as it is of package and subscription; try the plan without it"
        ),
        (
            PlanTexts.postpaid, "grant 5 calls",
            "expected no line \"grant\" in mode postpaid, as it is of package and subscription and payg; try free 1000 then … in the price"
        ),
        (
            PlanTexts.subscription, "when used up: charge",
            "expected a grant of units that may be used up, found none; try grant 1000 calls"
        ),
        (
            PlanTexts.package, "when used up: charge",
            "expected a price of calls, as it is charged when its grant is used up; try price calls per unit 0.01"
        ),
        (
            PlanTexts.package, "when bytes used up: deny",
            "expected a meter that the plan grants, found \"bytes\"; try calls"
        ),
        (
            PlanTexts.package, "when used up: chrge",
            "expected deny, charge or charge to an amount after \"up:\", found \"chrge\"; try charge"
        ),
        (PlanTexts.package, "when used up: charge to 0", "expected an amount above 0, found 0; try deny"),
        (
            PlanTexts.package, "price calls per unit 1",
            "expected no price of calls, as calls are denied when its grant is used up; try when used up: charge"
        ),
        (
            PlanTexts.package, "price other volume 1",
            "expected a price that never falls, as usage is paid from a balance at volume, found volume tiers; use graduated tiers, or sell the plan post-paid"
        ),
        (
            PlanTexts.package, "on outage overdraw",
            "expected deny, overdraft or open after \"outage\", found \"overdraw\"; try overdraft"
        ),
        (PlanTexts.subscription, "overdue grace 400 days", "expected at most 366 days, found 400"),
        (PlanTexts.subscription, "trial 4000 days", "expected a number from 0 to 3660, found \"4000\""),
        (
            PlanTexts.package, "expires 90 days from monday",
            "expected signup or a time (06:00) at from, found \"monday\"; leave it out to begin at the signup"
        ),
        (PlanTexts.package, "rules: 5/s", "expected the rules on the lines behind \"rules:\", found \"5/s\" beside it"),
        (
            PlanTexts.package, "rules:\n5/s",
            "expected rules, indented, to the end of the text, found \"5/s\"; try two spaces before a rule, and other lines above \"rules:\""
        ),
    ])
    func aModeRefusesWhatItDoesNotHave(_ text: String, _ line: String, _ message: String) {
        let errors = reading(text + line + "\n").errors
        #expect(errors.split(separator: ":", maxSplits: 2).last.map { " " + message == $0 } == true, "\(errors)")
    }

    @Test func whatAModeCannotDoWithoutIsAskedFor() {
        let errors = reading("mode postpaid\n").errors.split(separator: "\n").map(String.init)
        #expect(
            errors.sorted() == [
                "1:1: expected a line \"credit\" in mode postpaid: how much may be owed, found none; try credit limit 100.00",
                "1:1: expected a line \"currency\", found none; try currency USD",
                "1:1: expected a line \"of\", found none; try of weather",
                "1:1: expected a line \"period\" in mode postpaid: when it is invoiced, found none; try period month from 1 in Asia/Shanghai",
                "1:1: expected a line \"plan\", found none; try plan starter",
                "1:1: expected a line \"price\" in mode postpaid without a fee: there would be nothing to invoice, found none; try price calls per unit 0.01",
            ])
        #expect(reading("").errors.hasPrefix("1:1: expected a line \"plan\""))
    }

    @Test func allErrorsAreToldInTheOrderOfTheText() {
        let errors = reading("plan 1\nof X\nmode m\ncurrency ABC\nfee x\nwhat\n").errors.split(separator: "\n")
        #expect(errors.map { $0.prefix(2) } == ["1:", "2:", "3:", "4:", "5:", "6:"])
    }

    @Test func hugeAndHostileTextsAreRefusedShortly() {
        for text in [
            String(repeating: "x", count: 70_000), String(repeating: "\n", count: 2_001),
            "plan " + String(repeating: "x ", count: 5_000),
            PlanTexts.postpaid.replacing("per unit 0.01", with: String(repeating: "( ", count: 1_500) + "free"),
            PlanTexts.postpaid.replacing("per unit 0.01", with: String(repeating: "free 1 then ", count: 400) + "free"),
            PlanTexts.postpaid.replacing(
                "per unit 0.01", with: "graduated " + String(repeating: "up to 1 0 then ", count: 300) + "0"),
            PlanTexts.package + String(repeating: "grant 5 calls\n", count: 30), "plan '; DROP TABLE plan; --",
            "of ../../etc/passwd",
            "plan \u{0}\u{1b}[31m", "\u{feff}plan x", String(repeating: "bad\n", count: 1_000),
        ] {
            let errors = reading(text).errors
            #expect(!errors.isEmpty)
            #expect(errors.utf8.count < 15_000)
            #expect(!errors.contains("\u{1b}") && !errors.contains("\u{0}"))
        }
    }

    @Test func aDraftIsComparedWithTheCatalogue() throws {
        let text =
            "plan s\nof weathr, maps\nmode subscription\ncurrency USD\nfee 0\nperiod month in Asia/Shanghia\ngrant 5 cals\non outage overdraft 5 units\n"
        let draft = try PlanText.parse(text)
        let zones = PlanSurroundings(
            products: ["weather", "maps"], meters: ["calls", "units"], knowsZone: { $0 == "UTC" },
            nearestZone: { _ in "Asia/Shanghai" })
        do throws(PlanErrors) {
            _ = try draft.checked(against: zones)
            Issue.record("accepted")
        } catch {
            #expect(
                error.description == """
                    2:4: expected a product of the catalogue, found "weathr"; try weather
                    6:17: expected a time zone such as Europe/Berlin after "in", found "Asia/Shanghia"; try Asia/Shanghai
                    7:9: expected a meter of the catalogue, found "cals"; try calls
                    """)
        }
        let right = PlanSurroundings(
            products: ["weathr", "maps"], meters: ["cals", "units"], knowsZone: { _ in true })
        #expect(try draft.checked(against: right) == draft.plan)
        let nothing = PlanSurroundings(products: [], meters: [], knowsZone: { _ in true })
        #expect(throws: PlanErrors.self) { try draft.checked(against: nothing) }
    }
}
