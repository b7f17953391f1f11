import Testing
import WeirBilling
import WeirTestSupport

@Suite struct BillFilterTests {
    private func decide(_ filter: String, _ call: BillableCall, _ unreported: UnreportedCalls = .bill) throws
        -> BillDecision
    {
        try BillFilter(filter).decide(call, unreported: unreported)
    }

    private func call(_ status: Int?, _ method: String = "GET", _ route: String = "search") -> BillableCall {
        BillableCall(status: status, method: method, product: "weather", route: route, plan: "free")
    }

    @Test func onlySuccessesAreChargedAndTheOthersHaveTheirReason() throws {
        #expect(try decide("status=2xx", call(204)) == .billable)
        #expect(try decide("status=2xx", call(404)) == .unbilled(.status))
        #expect(try decide("status=2xx|404", call(404)) == .billable)
        #expect(try decide("status!=5xx|429", call(429)) == .unbilled(.status))
        #expect(try decide("status!=5xx|429", call(503)) == .unbilled(.status))
        #expect(try decide("status!=5xx|429", call(400)) == .billable)
    }

    @Test func theFirstConditionThatDoesNotHoldIsTheReason() throws {
        let filter = "plan=paid route=search|find method=GET|POST status=2xx product=weather"
        #expect(try decide(filter, call(500, "PUT")) == .unbilled(.status))
        #expect(try decide(filter, call(200, "PUT")) == .unbilled(.method))
        #expect(try decide(filter, call(200, "GET", "other")) == .unbilled(.route))
        #expect(try decide(filter, call(200)) == .unbilled(.plan))
        #expect(try decide("product!=weather", call(200)) == .unbilled(.product))
    }

    @Test func aCallWithoutAReportIsBilledWhereThePlanSaysSoAndNoStatusIsAsked() throws {
        #expect(try decide("", call(nil)) == .billable)
        #expect(try decide("", call(nil), .skip) == .unbilled(.unreported))
        #expect(try decide("method=GET", call(nil)) == .billable)
        #expect(try decide("method=PUT", call(nil)) == .unbilled(.method))
        #expect(try decide("status=2xx", call(nil)) == .unbilled(.unreported))
        #expect(try decide("status!=5xx", call(nil)) == .unbilled(.unreported))
        #expect(try decide("", call(200), .skip) == .billable)
    }

    @Test func everyCallIsBilledOrCountedUnderOneReason() throws {
        var random = SeededRandom(1)
        let filter = try BillFilter("status=2xx|404 method!=OPTIONS route=search product=weather plan!=free")
        var counts: [BillDecision: Int] = [:]
        for _ in 0..<2_000 {
            let call = BillableCall(
                status: [nil, 200, 404, 500].randomElement(using: &random) ?? nil,
                method: ["GET", "OPTIONS"].randomElement(using: &random) ?? "",
                product: ["weather", "maps"].randomElement(using: &random) ?? "",
                route: ["search", ""].randomElement(using: &random) ?? "",
                plan: ["free", "paid"].randomElement(using: &random) ?? "")
            counts[filter.decide(call, unreported: .bill), default: 0] += 1
        }
        #expect(counts.values.reduce(0, +) == 2_000)
        #expect(counts.count == 1 + UnbilledReason.allCases.count)
    }

    @Test(arguments: [
        ("", ""), ("  ", ""), ("status=2xx", "status=2xx"),
        ("method=GET status=404|2xx|404", "status=2xx|404 method=GET"),
        ("plan!=free\troute=a.b_c-d", "route=a.b_c-d plan!=free"),
    ])
    func aFilterPrintsInOneForm(_ text: String, _ printed: String) throws {
        let filter = try BillFilter(text)
        #expect(filter.description == printed)
        #expect(try BillFilter(printed) == filter)
    }

    @Test func totalsDecideWithoutMethodsAndExactCodes() throws {
        for text in ["", "status=2xx|4xx", "status!=5xx route=search plan=a product=b"] {
            #expect(try BillFilter(text).isDecidedByTotals)
        }
        for text in ["status=404", "status=2xx|404", "method=GET"] { #expect(try !BillFilter(text).isDecidedByTotals) }
    }

    @Test(arguments: [
        (
            "status",
            "filter: expected conditions such as status=2xx, with spaces between them only, found \"status\"; write attribute=value or attribute!=value"
        ),
        ("statsu=2xx", "filter: expected status, method, product, route or plan, found \"statsu\"; try status"),
        (
            "status=2XX",
            "filter.status: expected a status from 100 to 599, or a class from 1xx to 5xx, found \"2XX\"; try 2xx"
        ),
        (
            "status=",
            "filter.status: expected a status from 100 to 599, or a class from 1xx to 5xx, found nothing; try 2xx"
        ),
        (
            "status=600",
            "filter.status: expected a status from 100 to 599, or a class from 1xx to 5xx, found \"600\"; try 2xx"
        ),
        (
            "status=200 status=404",
            "filter.status: expected one condition for each attribute, found another; join the values: status=A|B"
        ),
        ("method=get", "filter.method: expected a method in capital letters, of at most 20, found \"get\"; try GET"),
        (
            "route=a|",
            "filter.route: expected a letter, then letters, digits, \".\", \"_\" or \"-\", at most 63, found nothing; write a short name such as calls"
        ),
        (
            "product=Weather",
            "filter.product: expected a lower-case letter, then lower-case letters, digits and inner \"-\", at most 63, found \"Weather\"; try weather"
        ),
        (
            "plan='; DROP TABLE x",
            "filter.plan: expected a letter, then letters, digits, \".\", \"_\" or \"-\", at most 63, found \"\\';\"; write a short name such as calls"
        ),
    ])
    func whatIsNoFilterIsRefused(_ text: String, _ message: String) {
        #expect(refusal { () throws(BillingError) in try BillFilter(text) } == message)
    }

    @Test func largeFiltersAreRefused() {
        let many = (100..<140).map(String.init).joined(separator: "|")
        #expect(refusal { () throws(BillingError) in try BillFilter("status=\(many)") }.contains("at most 32 values"))
        let long = String(repeating: "a", count: 2_000)
        #expect(
            refusal { () throws(BillingError) in try BillFilter("route=\(long)") }.contains("at most 1024 characters"))
    }
}
