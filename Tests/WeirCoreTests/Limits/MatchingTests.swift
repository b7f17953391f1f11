import Testing
import WeirCore

/// What the statements of the grammar mean, one by one.
@Suite struct MatchingTests {
    private func verdict(_ policy: String, _ words: String) throws -> Verdict {
        try LimiterHarness(policy).check(words).verdict
    }

    @Test func whenTakesEveryConditionAndAnyValue() throws {
        let policy = "no: deny when method=POST|PUT path=/login|/admin/*"
        #expect(try verdict(policy, "method=POST path=/login") == .deny)
        #expect(try verdict(policy, "method=PUT path=/admin/x/y") == .deny)
        #expect(try verdict(policy, "method=GET path=/login") == .allow)
        #expect(try verdict(policy, "method=POST path=/other") == .allow)
        #expect(try verdict(policy, "path=/login") == .allow)
    }

    @Test func presenceAbsenceAndNegation() throws {
        #expect(try verdict("no: deny when user", "user=x") == .deny)
        #expect(try verdict("no: deny when user", "ip=192.0.2.1") == .allow)
        #expect(try verdict("no: deny when no user", "ip=192.0.2.1") == .deny)
        #expect(try verdict("no: deny when no user", "user=x") == .allow)
        #expect(try verdict("no: deny when mode!=live|test", "mode=other") == .deny)
        #expect(try verdict("no: deny when mode!=live|test", "mode=test") == .allow)
        #expect(try verdict("no: deny when mode!=live|test", "user=x") == .deny)
    }

    @Test func quotedValuesAreLiteral() throws {
        #expect(try verdict("no: deny when user=\"a*\"", "user=a*") == .deny)
        #expect(try verdict("no: deny when user=\"a*\"", "user=abc") == .allow)
        #expect(try verdict("no: deny when path=\"/a,b|c;d\"", "path=/a,b|c;d") == .deny)
    }

    @Test func pathsAndHostsAreMatchedInTheirOneForm() throws {
        #expect(try verdict("no: deny when path=/login", "path=/x/..//%6Cogin?next=/y") == .deny)
        #expect(try verdict("no: deny when host=API.example.com", "host=api.EXAMPLE.com:8443") == .deny)
        let limit = try LimiterHarness("default: 1/min by path")
        #expect(try limit.allowed(1, "path=/a?x=1") == 1)
        #expect(try limit.allowed(1, "path=/b/../a?y=2") == 0)
    }

    @Test func groupsOfAddressesAndOfText() throws {
        let policy = """
            office: group 192.0.2.0/24 2001:db8:7::/48 198.51.100.7
            bots:   group crawler* "exact one"
            a:      deny when ip=@office
            b:      deny when user=@bots|root
            """
        for words in ["ip=192.0.2.255", "ip=2001:db8:7:ffff::", "ip=198.51.100.7", "user=crawler9", "user=root"] {
            #expect(try verdict(policy, words) == .deny, "\(words)")
        }
        for words in ["ip=192.0.3.0", "ip=2001:db8:8::", "ip=198.51.100.8", "user=exact", "ip=@office", "ip=unix:"] {
            #expect(try verdict(policy, words) == .allow, "\(words)")
        }
    }

    @Test func aLargeGroupIsSearchedNotWalked() throws {
        let members = (0..<5_000).map { "10.\($0 / 250).\($0 % 250).0/24" }.joined(separator: " ")
        let harness = try LimiterHarness("bad: group \(members)\nno: deny when ip=@bad")
        #expect(try harness.check("ip=10.19.249.77").verdict == .deny)
        #expect(try harness.check("ip=10.19.250.77").verdict == .allow)
    }

    @Test func denyComesFirstAndSaysItsStatus() throws {
        let harness = try LimiterHarness(
            """
            nokey:   deny 401 when no api_key path=/v1/* path!=/v1/status
            blocked: deny when user=mallory
            limit:   1/min by user
            free:    exempt when user=mallory
            """)
        let missing = try harness.check("path=/v1/x")
        #expect(missing.verdict == .deny)
        #expect(missing.reason == .keyMissing)
        #expect(missing.status == 401)
        #expect(harness.name(missing) == "nokey")
        #expect(try harness.check("path=/v1/status").verdict == .allow)
        #expect(try harness.check("path=/v1/x api_key=k").verdict == .allow)
        let blocked = try harness.check("user=mallory")
        #expect(blocked.reason == .blocked)
        #expect(blocked.status == 403)
        #expect(blocked.retryAfterMicroseconds == CheckAnswer.never)
        #expect(harness.limiter.denials(of: 0) == 1)
        #expect(harness.limiter.denials(of: 1) == 1)
    }

    @Test func exemptLiftsTheLimitsThatItNames() throws {
        let harness = try LimiterHarness(
            """
            flood:   2/min by ip
            login:   1/min by ip when path=/login
            office:  group 192.0.2.0/24
            trusted: exempt from flood when ip=@office
            health:  exempt when path=/healthz
            """)
        #expect(try harness.allowed(5, "ip=192.0.2.1 path=/x") == 5)
        #expect(try harness.check("ip=192.0.2.1 path=/x").reason == .exempt)
        #expect(try harness.allowed(5, "ip=192.0.2.1 path=/login") == 1)
        #expect(try harness.allowed(5, "ip=198.51.100.1 path=/healthz") == 5)
        #expect(try harness.allowed(5, "ip=198.51.100.1 path=/x") == 2)
    }

    @Test func replacesTakesTheOtherLimitAwayWhereThisOneMatches() throws {
        let harness = try LimiterHarness(
            """
            std:    1/min by tenant
            acme:   3/min by tenant when tenant=acme replaces std
            ghost:  5/min by tenant when tenant=shadowed shadow replaces std
            """)
        #expect(try harness.allowed(5, "tenant=acme") == 3)
        #expect(try harness.allowed(5, "tenant=other") == 1)
        #expect(try harness.allowed(5, "tenant=shadowed") == 1)
    }

    @Test func theFirstRouteThatMatchesGivesRouteProductAndWeight() throws {
        let harness = try LimiterHarness(
            """
            search:  route GET|POST /search/* of catalogue weight 5
            item:    route /items/* of catalogue
            rest:    route *
            heavy:   10/min by route
            perproduct: 100/min by product
            """)
        let search = try harness.check("method=GET path=/search/x")
        #expect(harness.name(search) == "heavy")
        #expect(search.remaining == 5)
        #expect(try harness.check("method=PUT path=/search/x").remaining == 9)
        #expect(try harness.check("path=/items/1 route=forged product=forged").remaining == 9)
        #expect(
            harness.cells() == [
                "0/admitted////catalogue/search": Totals(calls: 1, units: 5),
                "0/admitted/////rest": Totals(calls: 1, units: 1),
                "0/admitted////catalogue/item": Totals(calls: 1, units: 1),
            ])
    }

    @Test func withoutRouteStatementsTheClientNamesItsRoute() throws {
        let harness = try LimiterHarness("default: 1/min by route")
        #expect(try harness.allowed(2, "route=r1 product=p1") == 1)
        #expect(harness.cells()["0/admitted////p1/r1"] == Totals(calls: 1, units: 1))
        #expect(harness.cells()["0/denied-rate////p1/r1"] == Totals(calls: 1))
    }
}
