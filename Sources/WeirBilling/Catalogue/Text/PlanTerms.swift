/// What the lines of a plan say, each by itself.
struct PlanTerms {
    var code: String?
    var products: [PlanWord]?
    var mode: PlanMode?
    var currency: Currency?
    var fee: Money?
    var period: Period?
    /// nil within: for ever.
    var expiry: Period??
    var trialDays: Int64?
    var grants: [(allowance: Allowance, position: PlanPosition)] = []
    /// Under "" what holds for all meters.
    var usedUp: [String: (WhenUsedUp, position: PlanPosition)] = [:]
    var prices: [String: (model: PriceModel, position: PlanPosition)] = [:]
    var unreported: UnreportedCalls?
    var outage: PlanOutage?
    var grace: Int64?
    var creditLimit: Money?
    /// Words to compare with the catalogue.
    var meters: [PlanWord] = []
    var zones: [PlanWord] = []
    /// Keywords of lines that could not be read: nothing more is said of them.
    var broken: Set<String> = []

    /// Reads a line whose keyword is known.
    mutating func read(_ line: PlanLine, _ words: inout PlanWords) throws(PlanError) {
        switch line.keyword {
        case "plan": code = try words.text("the code of the plan", CatalogueText.code).text
        case "of": products = try words.products()
        case "mode": mode = try words.choice(PlanMode.self)
        case "currency": words.advance()
        case "fee": fee = try words.money()
        case "period":
            let (read, zone) = try words.period()
            period = read
            if let zone { zones.append(zone) }
        case "expires":
            let (read, zone) = try words.expiry()
            expiry = .some(read)
            if let zone { zones.append(zone) }
        case "trial": trialDays = try words.days(most: PlanLimits.trialDays, "14")
        case "grant": try readGrant(line, &words)
        case "when": try readUsedUp(line, &words)
        case "price": try readPrice(line, &words)
        case "unreported": unreported = try words.choice(UnreportedCalls.self)
        case "on":
            let (read, meter) = try words.outage()
            outage = read
            if let meter { meters.append(meter) }
        case "overdue":
            try words.require("grace", suggestion: "overdue grace 3 days")
            grace = try words.grace()
        case "credit":
            try words.require("limit", suggestion: "credit limit 100.00")
            creditLimit = try words.money("100.00")
        default: throw words.unexpected("a line that is known")
        }
    }

    private mutating func readGrant(_ line: PlanLine, _ words: inout PlanWords) throws(PlanError) {
        guard grants.count < PlanLimits.grants else {
            throw PlanError(at: line.position, "expected at most \(PlanLimits.grants) grants, found more")
        }
        let (allowance, meter) = try words.allowance()
        grants.append((allowance, line.position))
        if let meter { meters.append(meter) }
    }

    private mutating func readUsedUp(_ line: PlanLine, _ words: inout PlanWords) throws(PlanError) {
        let (meter, choice) = try words.usedUp()
        let name = meter?.text ?? ""
        guard usedUp[name] == nil else {
            throw PlanError(
                at: line.position, "expected one line \"when \(name.isEmpty ? "" : "\(name) ")used up:\", found another"
            )
        }
        usedUp[name] = (choice, meter?.position ?? line.position)
    }

    private mutating func readPrice(_ line: PlanLine, _ words: inout PlanWords) throws(PlanError) {
        guard prices.count < PlanLimits.prices else {
            throw PlanError(at: line.position, "expected at most \(PlanLimits.prices) prices, found more")
        }
        let meter = try words.text("the code of a meter, such as calls", CatalogueText.code)
        guard prices[meter.text] == nil else {
            throw PlanError(
                at: meter.position, "expected one price of \(meter.text), found another",
                suggestion: "one line, with \"and\" between the parts")
        }
        meters.append(meter)
        let place = words.position
        let model = try words.price()
        prices[meter.text] = (model, place)
    }
}
