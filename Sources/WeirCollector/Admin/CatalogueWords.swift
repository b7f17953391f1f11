import WeirBilling
import WeirCalendar
import WeirCore
import WeirStore

/// Reads what WeirBilling has the grammar of: filters and plan files.
enum CatalogueWords {
    /// A meter's filter in its plain form.
    static func filter(_ text: String, code: String) throws(StoreError) -> String {
        do throws(BillingError) {
            let filter = try BillFilter(text)
            _ = try Meter(code: code, dimension: .calls, filter: filter)
            return filter.description
        } catch {
            let field = error.field == "code" ? "code" : "filter"
            throw .refused(.invalid, field, "expected \(error.expected), found \(error.found); \(error.advice)")
        }
    }

    /// Reads a plan's file, and checks it against the catalogue: its products, meters, zones and rules.
    ///
    /// - Throws: a refusal of the field `text` with a line for each thing that is wrong.
    static func plan(_ text: String, _ catalogue: Catalogue) throws(StoreError) -> Catalogue.PlanDraft {
        let draft: PlanDraft
        let plan: Plan
        do throws(PlanErrors) {
            draft = try PlanText.parse(text)
        } catch {
            throw refused(error)
        }
        let surroundings = try surroundings(catalogue, draft.plan.products)
        do throws(PlanErrors) {
            plan = try draft.checked(against: surroundings)
            try check(draft.rules, of: plan.code)
        } catch {
            throw refused(error)
        }
        let row = PlanRow(
            providerID: "", code: plan.code, number: 0, source: text, mode: PlanRow.Mode(plan.mode),
            currency: plan.currency.code, feeNano: plan.fee?.nano,
            unreported: plan.unreported == .bill ? .bill : .skip, outage: outage(plan.outage), rules: plan.rules)
        return Catalogue.PlanDraft(plan: row, products: plan.products, meters: try meters(of: plan))
    }

    private static func refused(_ errors: PlanErrors) -> StoreError {
        .refused(.invalid, "text", errors.errors.map(\.description).joined(separator: "\n"))
    }

    /// Products that suggestions are made from.
    private static let maximumProducts = 1_000
    private static let maximumMeters = 1_000

    private static func surroundings(_ catalogue: Catalogue, _ wanted: [String]) throws(StoreError) -> PlanSurroundings
    {
        var slugs = Set(try catalogue.list(ProductRow.self, limit: maximumProducts).map(\.slug))
        var meters = Set(MeterRow.Dimension.allCases.map(\.rawValue))
        for slug in wanted {
            guard let product = try catalogue.find(ProductRow.self, "slug", slug) else { continue }
            slugs.insert(slug)
            let declared = try catalogue.list(
                MeterRow.self, where: [("product_id", .text(product.id))], limit: maximumMeters)
            meters.formUnion(declared.map(\.code))
        }
        let almanac = ZoneAlmanac()
        return PlanSurroundings(
            products: slugs, meters: meters, knowsZone: { almanac.knows(zone: $0) },
            nearestZone: { almanac.nearestZone(to: $0) })
    }

    /// Checks a plan's rules as agents will: they take a policy whole or not at all.
    private static func check(_ rules: WeirBilling.PlanRules?, of code: String) throws(PlanErrors) {
        guard let rules else { return }
        do throws(PolicyErrors) {
            _ = try WeirCore.PlanRules(plan: code, text: rules.text, almanac: ZoneAlmanac())
        } catch {
            throw PlanErrors(
                error.errors.map { error in
                    PlanError(
                        at: rules.position(line: error.position.line, column: error.position.column), error.message,
                        suggestion: error.suggestion)
                })
        }
    }

    private static func outage(_ outage: PlanOutage) -> String {
        switch outage {
        case .deny: "deny"
        case .open: "open"
        case .overdraft(.units(let units, let meter)): "overdraft \(units) \(meter)"
        case .overdraft(.money(let amount)): "overdraft \(amount)"
        }
    }

    // MARK: Meters

    private static func meters(of plan: Plan) throws(StoreError) -> [Catalogue.PlanDraft.MeterDraft] {
        try checkDraws(of: plan)
        var meters: [Catalogue.PlanDraft.MeterDraft] = []
        for code in plan.meters {
            let (nano, per) = try ceiling(plan, code)
            meters.append((code, nano, per, usedUp(plan, code)))
        }
        return meters
    }

    /// Meters that a plan grants or prices: a call draws on each of them.
    private static func drawn(_ plan: Plan) -> [String] {
        plan.meters.filter { plan.prices[$0] != nil || !plan.grants(of: $0).isEmpty }
    }

    /// What agents cannot enforce is not published.
    private static func checkDraws(of plan: Plan) throws(StoreError) {
        let drawn = drawn(plan)
        guard drawn.count <= CreditDraw.maximum else {
            throw .refused(
                .invalid, "text",
                "expected at most \(CreditDraw.maximum) meters that are granted or priced, as a call draws on all of them at once, found \(drawn.joined(separator: ", ")): leave some out, or make a plan of each"
            )
        }
        let capped = plan.prices.filter { if case .chargeTo = $0.value.exhausted { true } else { false } }.keys.sorted()
        guard plan.mode == .package, let first = capped.first, plan.prices.count > 1 else { return }
        throw .refused(
            .invalid, "text",
            "expected a price of \(first) alone, as what is paid in for a package is held to what \(first) is charged to, found those of \(plan.prices.keys.sorted().joined(separator: " and ")): charge without an amount, or take the others out"
        )
    }

    /// What agents are told of a meter that is used up. A package's charges end with its balance, which is never more than they may be.
    private static func usedUp(_ plan: Plan, _ code: String) -> String {
        guard drawn(plan).contains(code) else { return "" }
        return switch plan.whenUsedUp(code) {
        case .deny: MeterRecord.UsedUp.deny.rawValue
        case .charge: MeterRecord.UsedUp.charge.rawValue
        case .chargeTo: (plan.mode == .package ? MeterRecord.UsedUp.charge : .limit).rawValue
        }
    }

    /// The largest number that the policy document takes.
    private static let largest: Int128 = 999_999_999_999_999_999

    /// The most that a unit of a meter can cost, as a fraction.
    private static func ceiling(_ plan: Plan, _ code: String) throws(StoreError) -> (nano: Int64, per: Int64) {
        guard let price = plan.prices[code] else { return (0, 1) }
        do throws(BillingError) {
            let function = try PriceFunction(bounded(price.model), in: plan.currency, settled: .arrears)
            guard let ceiling = try function.ceiling() else { return (0, 1) }
            if ceiling.numerator <= largest, Int128(ceiling.denominator) <= largest {
                return (Int64(ceiling.numerator), ceiling.denominator)
            }
            // Rounded up: a ceiling may be too high, never too low.
            let whole = (ceiling.numerator + Int128(ceiling.denominator) - 1) / Int128(ceiling.denominator)
            return (Int64(min(whole, largest)), 1)
        } catch {
            throw .refused(
                .invalid, "text", "price \(code): expected \(error.expected), found \(error.found); \(error.advice)")
        }
    }

    /// Volume tiers have no most that one more unit can cost, but all of a period's units never cost more than each at the dearest
    /// tier: that is what graduated tiers' ceiling is.
    private static func bounded(_ model: PriceModel) -> PriceModel {
        switch model {
        case .volume(let tiers): .graduated(tiers)
        case .included(let units, let fee, let inner): .included(units, for: fee, then: bounded(inner))
        case .free(let units, let inner): .free(units, then: bounded(inner))
        case .minimum(let least, let inner): .minimum(least, bounded(inner))
        case .maximum(let most, let inner): .maximum(most, bounded(inner))
        case .off(let percentage, let inner): .off(percentage, bounded(inner))
        case .sum(let models): .sum(models.map(bounded))
        case .fee, .perUnit, .graduated, .perBlock: model
        }
    }
}

extension PlanRow.Mode {
    fileprivate init(_ mode: PlanMode) {
        self =
            switch mode {
            case .package: .package
            case .subscription: .subscription
            case .payg: .payg
            case .postpaid: .postpaid
            }
    }
}
