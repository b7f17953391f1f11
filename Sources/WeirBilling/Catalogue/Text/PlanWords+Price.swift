/// Prices as one line each:
///
///     price    = form { "and" form } { modifier } ;                  (* a modifier is of all that stands before it *)
///     form     = "free" | "fee" money | "per" "unit" rate
///              | "graduated" tiers | "volume" tiers | "package" "of" number "for" money
///              | "included" number "for" money "then" form | "free" number "then" form | "(" price ")" ;
///     tiers    = { "up" "to" number rate [ "plus" money ] "then" } rate [ "plus" money ] ;
///     rate     = money [ "per" number ] ;
///     modifier = "minimum" money | "maximum" money | percentage "off" ;
extension PlanWords {
    /// Takes a price up to what cannot be of it.
    mutating func price(depth: Int = 1) throws(PlanError) -> PriceModel {
        guard depth <= PriceLimits.depth else {
            throw unexpected("at most \(PriceLimits.depth) prices inside one another")
        }
        var parts = [try form(depth)]
        while take("and") { parts.append(try form(depth)) }
        var model = parts.count == 1 ? parts[0] : .sum(parts)
        while let modified = try modified(model) { model = modified }
        if word == "and" {
            throw PlanError(
                at: position,
                "expected the end of the price after a minimum, maximum or reduction of all before it, found \"and\"",
                suggestion: "parentheses around the part that it is of")
        }
        return model
    }

    private mutating func modified(_ model: PriceModel) throws(PlanError) -> PriceModel? {
        if take("minimum") { return .minimum(try money(), model) }
        if take("maximum") { return .maximum(try money(), model) }
        guard let word, word.hasSuffix("%") else { return nil }
        let percentage: Percentage
        do throws(BillingError) {
            percentage = try Percentage(word)
        } catch {
            throw PlanError(at: position, error)
        }
        advance()
        try require("off", suggestion: "\(percentage) off")
        return .off(percentage, model)
    }

    private static let forms = ["free", "fee", "per", "graduated", "volume", "package", "included"]

    private mutating func form(_ depth: Int) throws(PlanError) -> PriceModel {
        let place = self
        let word = try takeAny("a price such as per unit 0.01")
        switch word.text {
        case "fee": return .fee(try money())
        case "per":
            try require("unit", suggestion: "per unit 0.01")
            return .perUnit(try rate())
        case "graduated": return .graduated(try tiers())
        case "volume": return .volume(try tiers())
        case "package":
            try require("of", suggestion: "package of 1000 for 5.00")
            let size = try number()
            try require("for", suggestion: "package of \(size) for 5.00")
            return .perBlock(of: size, try money())
        case "included":
            let units = try number(0...Int64.max)
            try require("for", suggestion: "included \(units) for 5.00 then per unit 0.01")
            let fee = try money()
            try require("then", suggestion: "then per unit 0.01")
            return .included(units, for: fee, then: try inner(depth))
        case "free":
            guard let next = self.word, PlanNumber.read(next) != nil else {
                return .perUnit(UnitPrice(.zero(currency)))
            }
            let units = try number(0...Int64.max)
            try require("then", suggestion: "then per unit 0.01")
            return .free(units, then: try inner(depth))
        case "(":
            let model = try price(depth: depth + 1)
            try require(")")
            return model
        default:
            let nearest = NearestWord.of(word.text, among: Self.forms)
            let isFigure = FixedPoint.read(word.text[...], digits: 9) != .unreadable
            throw place.unexpected(
                "a price (free, fee, per unit, graduated, volume, package of, included)",
                suggestion: isFigure ? "per unit \(word.text)" : nearest)
        }
    }

    private mutating func inner(_ depth: Int) throws(PlanError) -> PriceModel {
        guard depth < PriceLimits.depth else {
            throw unexpected("at most \(PriceLimits.depth) prices inside one another")
        }
        return try form(depth + 1)
    }

    private mutating func tiers() throws(PlanError) -> [PriceTier] {
        var tiers: [PriceTier] = []
        while tiers.count < PriceLimits.tiers {
            let isBounded = take("up")
            var end: Int64?
            if isBounded {
                try require("to", suggestion: "up to 1000 0.01")
                end = try number()
            }
            let price = try rate()
            tiers.append(PriceTier(upTo: end, price, fee: take("plus") ? try money() : nil))
            if !isBounded { return tiers }
            try require("then", suggestion: "then \(price.amount.figure) for the units beyond")
        }
        throw unexpected("at most \(PriceLimits.tiers) tiers")
    }

    private mutating func rate() throws(PlanError) -> UnitPrice {
        let amount = try money("0.01")
        return UnitPrice(amount, per: take("per") ? try number(1...Int64.max, "1000") : 1)
    }
}
