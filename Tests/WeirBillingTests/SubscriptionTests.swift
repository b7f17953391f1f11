import Foundation
import Testing
import WeirBilling
import WeirCalendar
import WeirTestSupport

/// Seconds since 1970 of `2026-03-29T01:00:00Z`.
func time(_ text: String) throws -> Int64 { Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) }

/// Subscriptions over time, in real calendars.
@Suite struct SubscriptionTests {
    let clock = PeriodCalendar()

    private func plan(
        _ code: String, fee: String = "30", period: String = "month from 1 in Asia/Shanghai",
        _ more: String = "grant 3000 calls"
    ) throws -> Plan {
        let text = "plan \(code)\nof weather\nmode subscription\ncurrency USD\nfee \(fee)\nperiod \(period)\n\(more)\n"
        return try PlanText.parse(text).plan.published(as: 1)
    }

    private func fees(_ events: [SubscriptionEvent]) -> [String] {
        events.compactMap { event in
            switch event {
            case .began(let contract, _, let fee, _): "\(contract.number) \(fee)"
            case .credited(let contract, let credit): "\(contract.number) \(credit)"
            default: nil
            }
        }
    }

    private func units(_ events: [SubscriptionEvent]) -> [Int64] {
        events.compactMap { event in
            if case .began(_, _, _, let grants) = event { grants.first?.allowance.amount } else { nil }
        }
    }

    @Test func itRenewsToTheSecondWithoutAGap() throws {
        var (subscription, events) = try Subscription.start(
            "sub_1", plan("p", period: "month in Europe/Berlin"), at: time("2026-01-31T09:00:00Z"), clock: clock)
        #expect(fees(events) == ["1 30.00 USD"])
        let renewals = try subscription.advance(to: time("2026-05-01T00:00:00Z"), clock: clock)
        var last = subscription.contract.start
        var ends: [Int64] = []
        for event in renewals {
            if case .closed(_, let end) = event { ends.append(end) }
            if case .began(let contract, _, _, let grants) = event {
                #expect(
                    contract.start == ends.last && grants.first?.expires == contract.end
                        && grants.first?.start == contract.start)
                last = contract.start
            }
        }
        #expect(
            try ends == [
                time("2026-02-28T09:00:00Z"), time("2026-03-31T08:00:00Z"), time("2026-04-30T08:00:00Z"),
            ])
        #expect(last == subscription.contract.start && subscription.contract.name == "sub_1/4")
        #expect(try subscription.advance(to: time("2026-05-01T00:00:00Z"), clock: clock).isEmpty)
        // One second before the end nothing has happened, at the end it has.
        let end = try #require(subscription.contract.end)
        #expect(try subscription.advance(to: end - 1, clock: clock).isEmpty)
        #expect(try subscription.advance(to: end, clock: clock).count == 2)
    }

    @Test(arguments: 1...3)
    func howeverLateItIsToldTheTimeTheSameHappens(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for period in [
            "day from 02:30 in Europe/Berlin", "week from sunday", "month from 31 in America/Havana", "quarter",
            "year from 02-29",
        ] {
            let start = try time("2026-03-01T00:00:00Z") + Int64.random(in: 0...10_000_000, using: &random)
            let now = start + 50_000_000
            var (whole, _) = try Subscription.start("s", plan("p", period: period), at: start, clock: clock)
            var parts = whole
            let expected = try whole.advance(to: now, clock: clock)
            var events: [SubscriptionEvent] = []
            for at in (0..<20).map({ _ in Int64.random(in: start...now, using: &random) }).sorted() + [now] {
                events += try parts.advance(to: at, clock: clock)
            }
            #expect(parts == whole && events == expected)
        }
    }

    @Test func aFirstMonthThatIsShortCostsAndGivesItsPart() throws {
        // 10 of 30 days: it begins at midnight in Shanghai.
        let (subscription, events) = try Subscription.start(
            "s", plan("p"), at: time("2026-04-20T16:00:00Z"), clock: clock)
        #expect(fees(events) == ["1 10.00 USD"])
        #expect(units(events) == [1_000])
        #expect(try subscription.contract.end == time("2026-04-30T16:00:00Z"))
    }

    @Test func anUpgradeInMidPeriodIsPaidByTheSecondAndKeepsTheDay() throws {
        var (subscription, _) = try Subscription.start("s", plan("p"), at: time("2026-03-31T16:00:00Z"), clock: clock)
        let large = try plan("large", fee: "90", "grant 9000 calls")
        #expect(subscription.usual(for: large) == .now)
        let events = try subscription.change(to: large, at: time("2026-04-10T16:00:00Z"), .now, clock: clock)
        #expect(fees(events) == ["1 -20.00 USD", "2 60.00 USD"])
        #expect(units(events) == [6_000])
        #expect(
            try subscription.contract.start == time("2026-04-10T16:00:00Z")
                && subscription.contract.end == time("2026-04-30T16:00:00Z"))
        guard case .closed(let old, let at) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(try old.number == 1 && at == time("2026-04-10T16:00:00Z"))
        let next = try subscription.advance(to: time("2026-05-01T00:00:00Z"), clock: clock)
        #expect(fees(next) == ["3 90.00 USD"])
        #expect(units(next) == [9_000])
    }

    @Test func aChangeThatMovesTheBillingDayBeginsAPeriod() throws {
        var (subscription, _) = try Subscription.start(
            "s", plan("p", period: "month"), at: time("2026-04-01T00:00:00Z"), clock: clock)
        let yearly = try plan("yearly", fee: "300", period: "year")
        let events = try subscription.change(to: yearly, at: time("2026-04-16T00:00:00Z"), .now, clock: clock)
        #expect(fees(events) == ["1 -15.00 USD", "2 300.00 USD"])
        #expect(try subscription.contract.end == time("2027-04-16T00:00:00Z"))
    }

    @Test func aDowngradeWaitsForThePeriodsEndAndCanBeTakenBack() throws {
        var (subscription, _) = try Subscription.start("s", plan("p"), at: time("2026-03-31T16:00:00Z"), clock: clock)
        let small = try plan("small", fee: "3", "grant 30 calls")
        #expect(subscription.usual(for: small) == .periodEnd)
        let at = try time("2026-04-10T00:00:00Z")
        #expect(try subscription.change(to: small, at: at, .periodEnd, clock: clock).isEmpty)
        var kept = subscription
        let events = try subscription.advance(to: time("2026-05-01T00:00:00Z"), clock: clock)
        #expect(fees(events) == ["2 3.00 USD"] && subscription.plan == small && subscription.next == nil)
        kept.keep()
        #expect(try fees(kept.advance(to: time("2026-05-01T00:00:00Z"), clock: clock)) == ["2 30.00 USD"])
    }

    @Test func aCancellationEndsAtTheEndOrAtOnceWithTheRestGivenBack() throws {
        var (subscription, _) = try Subscription.start("s", plan("p"), at: time("2026-03-31T16:00:00Z"), clock: clock)
        var later = subscription
        let at = try time("2026-04-10T16:00:00Z")
        let events = try subscription.cancel(at: at, .now)
        #expect(fees(events) == ["1 -20.00 USD"] && events.last == .ended(at: at))
        #expect(subscription.standing(at: at) == .ended && subscription.standing(at: at - 1) == .active)
        #expect(try later.cancel(at: at, .periodEnd).isEmpty)
        #expect(later.standing(at: at) == .active)
        let ended = try later.advance(to: time("2027-01-01T00:00:00Z"), clock: clock)
        #expect(try ended.last == .ended(at: time("2026-04-30T16:00:00Z")) && fees(ended).isEmpty)
        #expect(throws: BillingError.self) { try later.cancel(at: at, .now) }
    }

    @Test func aTrialIsFreeAndAPeriodFollowsIt() throws {
        let trial = try plan("p", period: "month in Europe/Berlin", "grant 3000 calls\ntrial 14 days")
        var (subscription, events) = try Subscription.start("s", trial, at: time("2026-03-20T10:00:00Z"), clock: clock)
        #expect(fees(events) == ["1 0.00 USD"] && units(events) == [3_000])
        #expect(subscription.standing(at: subscription.contract.start) == .trial)
        // Fourteen days later by the clock on the wall, which has gone forward.
        #expect(try subscription.contract.end == time("2026-04-03T09:00:00Z"))
        var cancelled = subscription
        _ = try cancelled.cancel(at: subscription.contract.start + 5, .periodEnd)
        #expect(try fees(cancelled.advance(to: time("2027-01-01T00:00:00Z"), clock: clock)).isEmpty)
        #expect(try fees(subscription.advance(to: time("2026-04-03T09:00:00Z"), clock: clock)) == ["2 30.00 USD"])
        #expect(try subscription.contract.end == time("2026-05-03T09:00:00Z") && !subscription.contract.isTrial)
        let (again, paid) = try Subscription.start(
            "s", trial, at: time("2026-03-20T10:00:00Z"), withTrial: false, clock: clock)
        #expect(fees(paid) == ["1 30.00 USD"] && !again.contract.isTrial)
    }

    @Test func aTrialGoesOnWhenThePlanChangesAndEndsWhereTheNewOneHasNone() throws {
        let trial = try plan("p", "trial 10 days")
        var (subscription, _) = try Subscription.start("s", trial, at: time("2026-03-20T16:00:00Z"), clock: clock)
        var other = subscription
        let at = try time("2026-03-25T16:00:00Z")
        let events = try subscription.change(to: plan("q", fee: "60", "trial 10 days"), at: at, .now, clock: clock)
        #expect(fees(events) == ["2 0.00 USD"] && subscription.contract.isTrial)
        #expect(try subscription.contract.end == time("2026-03-30T16:00:00Z"))
        let paid = try other.change(to: plan("r", fee: "62", "grant 31 calls"), at: at, .now, clock: clock)
        #expect(fees(paid) == ["2 12.00 USD"] && units(paid) == [6] && !other.contract.isTrial)
    }

    @Test func whatIsOverdueGoesOnForTheGraceThenLapsesAndBeginsAgainWhenPaid() throws {
        let graceful = try plan("p", period: "month", "overdue grace 3 days\ngrant 10 calls")
        let start = try time("2026-04-01T00:00:00Z")
        var (subscription, _) = try Subscription.start("s", graceful, at: start, clock: clock)
        subscription.due(since: start)
        subscription.due(since: start + 5)
        #expect(subscription.overdueAt == start + 3 * 86_400)
        #expect(subscription.standing(at: start + 3 * 86_400 - 1) == .active)
        #expect(subscription.standing(at: start + 3 * 86_400) == .overdue)
        var early = subscription
        #expect(try early.paid(at: start + 20 * 86_400, clock: clock).isEmpty)
        #expect(early.standing(at: start + 20 * 86_400) == .active)
        // No fee for a period that nobody can use.
        let events = try subscription.advance(to: time("2026-08-01T00:00:00Z"), clock: clock)
        #expect(try events.last == .lapsed(at: time("2026-05-01T00:00:00Z")) && fees(events).isEmpty)
        #expect(throws: BillingError.self) { try subscription.cancel(at: start, .now) }
        let again = try subscription.paid(at: time("2026-08-10T12:00:00Z"), clock: clock)
        #expect(fees(again) == ["2 30.00 USD"])
        #expect(try subscription.contract.end == time("2026-09-10T12:00:00Z"))
        subscription.pause()
        #expect(try subscription.standing(at: time("2026-08-11T00:00:00Z")) == .paused)
        subscription.resume()
        #expect(try subscription.standing(at: time("2026-08-11T00:00:00Z")).givesAccess)
    }

    @Test func packagesAreBoughtAgainAndExpireEachOnItsOwn() throws {
        let package = try PlanText.parse(PlanTexts.package + "expires 90 days in Europe/Berlin\n").plan
        let start = try time("2026-01-01T00:00:00Z")
        var (subscription, events) = try Subscription.start("s", package, at: start, clock: clock)
        #expect(fees(events) == ["1 5.00 USD"] && subscription.contract.end == nil)
        guard case .bought(let contract, let fee, let grants) = try subscription.buy(at: start + 500, clock: clock)
        else { return }
        #expect(try contract.number == 1 && fee == Money("5 USD"))
        // 90 days by the wall clock, which has gone forward by an hour.
        #expect(grants.map(\.allowance) == [.units(1_000, meter: "calls")])
        #expect(grants.map(\.start) == [start + 500] && grants.map(\.expires) == [start + 500 + 90 * 86_400 - 3_600])
        #expect(try subscription.advance(to: time("2036-01-01T00:00:00Z"), clock: clock).isEmpty)
        #expect(throws: BillingError.self) { try subscription.change(to: package, at: start, .now, clock: clock) }
        #expect(try subscription.cancel(at: start + 900, .periodEnd).last == .ended(at: start + 900))
        #expect(throws: BillingError.self) { try subscription.buy(at: start + 901, clock: clock) }
    }

    @Test func payAsYouGoStartsWithItsCreditOnce() throws {
        let plan = try PlanText.parse(PlanTexts.payg + "grant 5.00 USD\n").plan
        var (subscription, events) = try Subscription.start("s", plan, at: time("2026-01-15T00:00:00Z"), clock: clock)
        #expect(units(events) == [5_000_000_000] && fees(events) == ["1 0.00 USD"])
        #expect(try units(subscription.advance(to: time("2026-03-15T00:00:00Z"), clock: clock)).isEmpty)
        #expect(try subscription.contract.start == time("2026-03-01T00:00:00Z"))
        #expect(throws: BillingError.self) { try subscription.buy(at: subscription.contract.start, clock: clock) }
    }

    @Test func whatCannotBeChangedIsRefusedAndNothingHappens() throws {
        let plan = try plan("p")
        var (subscription, _) = try Subscription.start("s", plan, at: time("2026-04-10T00:00:00Z"), clock: clock)
        let before = subscription
        let yuan = try PlanText.parse(PlanTexts.subscription.replacing("USD", with: "CNY")).plan
        let package = try PlanText.parse(PlanTexts.package).plan
        let at = subscription.contract.start
        let other = try self.plan("q", period: "month in Nowhere/Land")
        for (new, at) in try [
            (plan, at), (yuan, at), (package, at), (self.plan("q"), at - 1),
            (self.plan("q"), time("2026-06-01T00:00:00Z")), (other, at),
        ] {
            #expect(throws: BillingError.self) { try subscription.change(to: new, at: at, .now, clock: clock) }
        }
        #expect(subscription == before)
    }

    @Test func oneThatIsFarBehindIsBroughtUpInSteps() throws {
        var (subscription, _) = try Subscription.start("s", plan("p", period: "day"), at: 0, clock: clock)
        var calls = 0
        while try !subscription.advance(to: 3_000 * 86_400, clock: clock).isEmpty { calls += 1 }
        #expect(calls == 3 && subscription.contract.number == 3_001)
    }

    @Test(arguments: 1...3)
    func whateverChangesEachSecondIsPaidByThePlanInForce(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for zone in ["UTC", "Europe/Berlin", "Asia/Shanghai", "America/Havana"] {
            let start = try time("2026-01-01T00:00:00Z") + Int64.random(in: 0...20_000_000, using: &random)
            let plans = try (0..<4).map {
                try self.plan("p\($0)", fee: "\(10 * $0 + 1)", period: "month from 31 in \(zone)")
            }
            var (subscription, events) = try Subscription.start("s", plans[0], at: start, clock: clock)
            for at in (0..<12).map({ _ in Int64.random(in: start...start + 20_000_000, using: &random) }).sorted() {
                events += try subscription.advance(to: at, clock: clock)
                let others = plans.filter { $0 != subscription.plan }
                let new = try #require(others.randomElement(using: &random))
                events += try subscription.change(to: new, at: at, .now, clock: clock)
            }
            events += try subscription.cancel(at: subscription.contract.start + 1_000, .now)
            // What was paid, and what the seconds of each contract are worth.
            var (paid, worth) = (ExactAmount.zero(plans[0].currency), ExactAmount.zero(plans[0].currency))
            var plan = plans[0]
            for event in events {
                switch event {
                case .began(_, let new, let fee, _): (plan, paid) = (new, try paid.adding(fee))
                case .credited(_, let credit): paid = try paid.adding(credit)
                case .closed(let contract, let end):
                    let fee = try #require(contract.span).prorated(#require(plan.fee))
                    worth = try worth.adding(fee.share(from: contract.start, to: end))
                default: break
                }
            }
            #expect(paid == worth && !paid.isZero)
        }
    }
}

@Suite struct DrawOrderTests {
    private func source(
        _ id: String, _ available: Int64, priority: Int64 = 0, expires: Int64? = nil, created: Int64 = 0
    ) -> DrawOrder.Source {
        DrawOrder.Source(DrawRank(priority: priority, expires: expires, created: created, id: id), available: available)
    }

    @Test func priorityThenExpiryThenAgeThenId() {
        let sources = [
            source("never", 5), source("late", 5, expires: 900), source("soon", 5, expires: 100),
            source("first", 5, priority: -1),
            source("never-old", 5, created: -5), source("never-a", 5), source("over", 5, expires: 10),
            source("empty", 0, expires: 50),
        ]
        let (draws, uncovered) = DrawOrder.draw(100, from: sources, at: 10)
        #expect(draws.map(\.id) == ["first", "soon", "late", "never-old", "never", "never-a"])
        #expect(uncovered == 70 && draws.map(\.amount).reduce(0, +) == 30)
        #expect(
            DrawOrder.draw(7, from: sources, at: 10).draws == [
                .init(id: "first", amount: 5), .init(id: "soon", amount: 2),
            ])
        #expect(DrawOrder.draw(0, from: sources, at: 10) == ([], 0))
        #expect(DrawOrder.draw(-5, from: sources, at: 10) == ([], 0))
    }

    @Test func theOrderIsOneWhateverTheInput() {
        var random = SeededRandom(7)
        let sources = (0..<60).map { index in
            source(
                "g\(index)", .random(in: 0...9, using: &random), priority: .random(in: 0...2, using: &random),
                expires: [nil, 50, 60].randomElement(using: &random) ?? nil, created: .random(in: 0...2, using: &random)
            )
        }
        let expected = DrawOrder.draw(150, from: sources, at: 0)
        for _ in 0..<20 { #expect(DrawOrder.draw(150, from: sources.shuffled(using: &random), at: 0) == expected) }
    }
}
