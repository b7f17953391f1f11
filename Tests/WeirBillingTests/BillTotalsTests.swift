import Testing
import WeirBilling

/// What usage totals tell of filters.
@Suite struct BillTotalsTests {
    private func decide(
        _ filter: String, status: Int? = 200, route: String = "", unreported: UnreportedCalls = .bill
    ) throws -> BillFilter.TotalsDecision {
        try BillFilter(filter).decideByTotals(
            BillableCall(status: status, product: "weather", route: route, plan: "starter"), unreported: unreported)
    }

    @Test func whatTotalsTellIsDecidedAsTheFilterDoes() throws {
        #expect(try decide("") == .billable)
        #expect(try decide("status=2xx") == .billable)
        #expect(try decide("status=2xx", status: 500) == .unbilled(.status))
        #expect(try decide("status!=5xx", status: 500) == .unbilled(.status))
        #expect(try decide("status!=5xx", status: 400) == .billable)
        #expect(try decide("route!=health", route: "health") == .unbilled(.route))
        #expect(try decide("product=weather plan=other") == .unbilled(.plan))
        #expect(try decide("status=2xx", status: nil) == .unbilled(.unreported))
        #expect(try decide("", status: nil, unreported: .skip) == .unbilled(.unreported))
        #expect(try decide("route=search", status: nil, route: "search") == .billable)
    }

    @Test func whatTheyDoNotTellIsUnsureUnlessSomethingElseDecides() throws {
        #expect(try decide("method=GET") == .unsure(.method))
        #expect(try decide("method=GET", status: nil) == .unsure(.method))
        #expect(try decide("status=2xx|404", status: 400) == .unsure(.status))
        #expect(try decide("status=2xx|404", status: 500) == .unbilled(.status))
        #expect(try decide("status!=404", status: 400) == .unsure(.status))
        #expect(try decide("status!=404", status: 200) == .billable)
        #expect(try decide("status=2xx method=GET", status: 500) == .unbilled(.status))
        #expect(try decide("method=GET route=search", route: "map") == .unbilled(.route))
        #expect(try decide("status=404 method=GET", status: 400) == .unsure(.status))
    }
}
