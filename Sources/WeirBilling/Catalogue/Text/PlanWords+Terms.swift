extension PlanWords {
    /// `month from 1 in Asia/Shanghai`, `2 weeks`.
    mutating func period() throws(PlanError) -> (Period, zone: PlanWord?) {
        let place = position
        let (count, unit) = try length(PeriodUnit.allCases.map(\.rawValue))
        var anchor = PeriodAnchor.signup
        if take("from") {
            let word = try takeAny("signup, a day, a weekday, a date or a time")
            guard let read = PeriodAnchor(word.text) else {
                let names = ["signup"] + PeriodWeekday.allCases.map(\.rawValue)
                throw PlanError(
                    at: word.position,
                    "expected \(unit.anchors) after \"from\", found \(BillingError.quoted(word.text))",
                    suggestion: NearestWord.of(word.text, among: names))
            }
            anchor = read
        }
        let zone = take("in") ? try takeAny("a time zone such as Asia/Shanghai") : nil
        if let zone, zone.text.utf8.count > PlanWords.longestZone {
            throw PlanError(
                at: zone.position, "expected a time zone such as Asia/Shanghai, found \(BillingError.quoted(zone.text))"
            )
        }
        do throws(BillingError) {
            return (try Period(every: count, unit, from: anchor, in: zone?.text ?? "UTC"), zone)
        } catch {
            throw PlanError(at: place, error)
        }
    }

    private static let longestZone = 64

    /// `month`, `2 weeks`: a number where there is one, and a unit, which may end in s.
    private mutating func length(_ units: [String]) throws(PlanError) -> (count: Int, PeriodUnit) {
        var count = 1
        if let word, PlanNumber.read(word) != nil { count = Int(try number(1...3_660, "2")) }
        let word = try takeAny("day, week, month, quarter or year")
        let name = word.text.hasSuffix("s") ? String(word.text.dropLast()) : word.text
        guard let unit = PeriodUnit(rawValue: name) else {
            throw PlanError(
                at: word.position,
                "expected day, week, month, quarter or year, found \(BillingError.quoted(word.text))",
                suggestion: NearestWord.of(word.text, among: units))
        }
        return (count, unit)
    }

    /// `never`, or a length from the purchase on; nil for never.
    mutating func expiry() throws(PlanError) -> (Period?, zone: PlanWord?) {
        if take("never") { return (nil, nil) }
        let start = self
        let (period, zone) = try period()
        guard period.anchor == .signup else {
            throw start.unexpected("a length from the purchase on, without \"from\"", suggestion: period.length)
        }
        return (period, zone)
    }

    mutating func days(most: Int64, _ example: String) throws(PlanError) -> Int64 {
        let days = try number(0...most, example)
        guard take("days") || take("day") else { throw unexpected("\"days\"", suggestion: "\(days) days") }
        return days
    }

    /// `3 days` or `12 hours`, in seconds.
    mutating func grace() throws(PlanError) -> Int64 {
        let place = position
        let count = try number(0...PlanLimits.graceDays * 24, "3")
        let names = ["day": 86_400, "days": 86_400, "hour": 3_600, "hours": 3_600] as [String: Int64]
        guard let word, let unit = names[word] else { throw unexpected("days or hours", suggestion: "\(count) days") }
        advance()
        guard count * unit <= PlanLimits.graceDays * 86_400 else {
            throw PlanError(at: place, "expected at most \(PlanLimits.graceDays) days, found \(count)")
        }
        return count * unit
    }

    /// `1000 calls`, `10GB bytes_out` or `5.00 USD`.
    mutating func allowance() throws(PlanError) -> (Allowance, meter: PlanWord?) {
        let place = position
        if let next, let other = try? Currency(next) {
            let amount = try money()
            guard other == currency else { throw unexpected("the plan's currency", suggestion: currency.code) }
            advance()
            guard amount.nano > 0 else { throw PlanError(at: place, "expected an amount above 0, found 0") }
            return (.money(amount), nil)
        }
        let units = try number()
        let meter = try text("the code of a meter, such as calls", CatalogueText.code)
        return (.units(units, meter: meter.text), meter)
    }

    /// `used up: deny`, or `calls used up: charge to 5.00` for one meter.
    mutating func usedUp() throws(PlanError) -> (meter: PlanWord?, WhenUsedUp) {
        let meter = word == "used" ? nil : try text("\"used up:\"", CatalogueText.code)
        try require("used", suggestion: "when used up: deny")
        if !take("up:") {
            try require("up", suggestion: "when used up: deny")
            _ = take(":")
        }
        if take("deny") { return (meter, .deny) }
        guard take("charge") else {
            throw unexpected(
                "deny, charge or charge to an amount",
                suggestion: word.flatMap { NearestWord.of($0, among: ["deny", "charge"]) })
        }
        guard take("to") else { return (meter, .charge) }
        let place = position
        let cap = try money()
        guard cap.nano > 0 else {
            throw PlanError(at: place, "expected an amount above 0, found 0", suggestion: "deny")
        }
        return (meter, .chargeTo(cap))
    }

    /// `deny`, `overdraft 100 calls` or `open`.
    mutating func outage() throws(PlanError) -> (PlanOutage, meter: PlanWord?) {
        try require("outage", suggestion: "on outage deny")
        if take("deny") { return (.deny, nil) }
        if take("open") { return (.open, nil) }
        guard take("overdraft") else {
            throw unexpected(
                "deny, overdraft or open",
                suggestion: word.flatMap { NearestWord.of($0, among: ["deny", "overdraft", "open"]) })
        }
        let (allowance, meter) = try allowance()
        return (.overdraft(allowance), meter)
    }

    /// Slugs, with commas between them.
    mutating func products() throws(PlanError) -> [PlanWord] {
        var products: [PlanWord] = []
        repeat {
            let product = try text("the slug of a product", CatalogueText.slug)
            if products.contains(where: { $0.text == product.text }) {
                throw PlanError(at: product.position, "expected each product once, found \"\(product.text)\" again")
            }
            products.append(product)
            guard products.count <= PlanLimits.products else {
                throw PlanError(at: product.position, "expected at most \(PlanLimits.products) products, found more")
            }
        } while take(",")
        return products
    }
}
