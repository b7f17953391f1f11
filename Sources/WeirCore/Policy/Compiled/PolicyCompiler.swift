/// Turns checked statements into the tables of a `CompiledPolicy`.
struct PolicyCompiler {
    private let policy: Policy
    let offers: Offers
    private let namespace: Hash128
    /// Custom attribute names in the order of their slots.
    let customNames: [String]
    private var scope = PolicyScope.local
    private var groups: [String: [Value]] = [:]
    private var limitNumbers: [String: Int] = [:]
    private var setNumbers: [String: UInt32] = [:]

    private(set) var usedSlots: Set<AttributeSlot> = []
    private(set) var maskWords = 0
    private(set) var bytes: [UInt8] = []
    private(set) var limits: [CompiledLimit] = []
    private(set) var denials: [CompiledDenial] = []
    private(set) var exemptions: [CompiledExemption] = []
    private(set) var routes: [CompiledRoute] = []
    private(set) var conditions: [CompiledCondition] = []
    private(set) var keys: [CompiledKey] = []
    private(set) var prices: [CompiledPrice] = []
    private(set) var statuses: [StatusRange] = []
    private(set) var sets: [CompiledSet] = []
    private(set) var literals: [IndexRange] = []
    private(set) var patterns: [IndexRange] = []
    private(set) var addresses: [AddressRange] = []
    private(set) var masks: [UInt64] = []
    private(set) var calendar: [CalendarRule] = []
    /// What is of the agent's own policy stands first in each table; what plans add follows, by plan.
    private(set) var own = CompiledPlan.none
    var plans: [CompiledPlan] = []
    private(set) var ownRouteCount = 0
    var doors: [CompiledDoor] = []
    /// By product, the route of requests that no route of it matches; -1 for numbers of no product.
    var bareRoutes: [Int32] = []

    init(_ policy: Policy, _ offers: Offers, namespace: Hash128) {
        self.policy = policy
        self.offers = offers
        self.namespace = namespace
        customNames = CompiledPolicy.customNames(policy, offers)
    }

    mutating func compile() {
        let ofPlans = offers.plans.reduce(0) { $0 + Self.limitCount($1.rules.statements) }
        maskWords = (Self.limitCount(policy.statements) + ofPlans + 63) / 64
        own = compile(policy.statements, as: .local)
        ownRouteCount = routes.count
        compileOffers()
    }

    private static func limitCount(_ statements: [Statement]) -> Int {
        statements.count { if case .limit = $0.body { true } else { false } }
    }

    /// Compiles the statements of one scope, whose names are its own.
    mutating func compile(_ statements: [Statement], as scope: PolicyScope) -> CompiledPlan {
        self.scope = scope
        (groups, limitNumbers, setNumbers) = ([:], [:], [:])
        let start = (limits.count, denials.count, exemptions.count)
        var next = limits.count
        for statement in statements {
            switch statement.body {
            case .group(let values): groups[statement.name ?? Statement.defaultName] = values
            case .limit:
                limitNumbers[statement.name ?? Statement.defaultName] = next
                next += 1
            case .route, .deny, .exempt: break
            }
        }
        compile(statements)
        return CompiledPlan(
            code: text(scope.code), limits: IndexRange(start.0..<limits.count),
            denials: IndexRange(start.1..<denials.count), exemptions: IndexRange(start.2..<exemptions.count))
    }

    private mutating func compile(_ statements: [Statement]) {
        for statement in statements {
            let name = statement.name ?? Statement.defaultName
            switch statement.body {
            case .group: break
            case .route(let methods, let path, let product, let weight):
                addRoute(name, product: text(product ?? ""), methods: methods, path: path, weight: weight ?? 1)
            case .deny(let code, let list):
                let isKeyMissing = list.contains { $0.attribute == "api_key" && $0.test == .isAbsent }
                denials.append(
                    CompiledDenial(
                        name: text(scope.shown(name)), status: UInt16(code ?? 403),
                        reason: isKeyMissing ? .keyMissing : .blocked,
                        conditions: conditions(list)))
            case .exempt(let names, let list):
                exemptions.append(
                    CompiledExemption(limits: names.isEmpty ? -1 : mask(names), conditions: conditions(list)))
            case .limit(let limit): limits.append(compile(limit, name: name))
            }
        }
    }

    mutating func addRoute(_ name: String, product: IndexRange, methods: [String], path: Value, weight: Int64) {
        routes.append(
            CompiledRoute(
                name: text(name), product: product, methods: methodSet(methods), path: set([path], isAddress: false),
                weight: weight))
    }

    /// The set of these methods; -1 for all.
    private mutating func methodSet(_ methods: [String]) -> Int32 {
        methods.isEmpty ? -1 : Int32(set(methods.map(Value.quoted), isAddress: false))
    }

    private mutating func compile(_ limit: LimitStatement, name: String) -> CompiledLimit {
        guard let terms = limit.terms else { preconditionFailure("a limit without terms passed the checker") }
        let by = limit.keys.map(\.description).joined(separator: ",")
        let start = keys.count
        for key in limit.keys {
            let slot = slot(key.attribute)
            usedSlots.insert(slot)
            switch key {
            case .attribute: keys.append(CompiledKey(slot: slot, ipv4Bits: 32, ipv6Bits: 64))
            case .prefix(let ipv4, let ipv6):
                keys.append(CompiledKey(slot: slot, ipv4Bits: UInt8(ipv4), ipv6Bits: UInt8(ipv6)))
            }
        }
        let keyRange = IndexRange(start..<keys.count)
        // A counter that begins anew when the amount changes is another one for each amount.
        let amount = limit.change == .reset ? "\n\(terms.capacity) \(terms.numerator)/\(terms.per)" : ""
        let compiledPrices = limit.prices.map { price in
            CompiledPrice(tokens: price.tokens, conditions: conditions(price.conditions))
        }
        let firstPrice = prices.count
        prices += compiledPrices
        let firstStatus = statuses.count
        if case .answers(let texts) = limit.counting { statuses += texts.compactMap { StatusRange($0) } }
        let identity = Hash128(
            deriving: "\(scope.identity)\n\(name)\n\(limit.kind.word)\n\(by)\(amount)", under: namespace)
        return CompiledLimit(
            name: text(scope.shown(name)), identity: identity,
            serial: scope.isLocal ? identity : Hash128(deriving: scope.shown(name), under: identity), terms: terms,
            windows: number(limit.windows(defaultZone: policy.zone)),
            spans: number(limit.spans(defaultZone: policy.zone)), conditions: conditions(limit.conditions),
            keys: keyRange,
            prices: IndexRange(firstPrice..<prices.count), measure: Measure(limit.counting),
            statuses: IndexRange(firstStatus..<statuses.count), enforcedPercent: UInt8(limit.enforcedPercent),
            status: UInt16(limit.answer ?? 429),
            replaces: limit.replaces.isEmpty || limit.enforcedPercent == 0 ? -1 : mask(limit.replaces),
            isProportional: limit.change == .proportional, holdMicroseconds: limit.holdMicroseconds,
            outage: limit.outage)
    }

    /// The number of a rule of the calendar; equal rules share one.
    private mutating func number(_ rule: CalendarRule?) -> Int32 {
        guard let rule else { return -1 }
        if let known = calendar.firstIndex(of: rule) { return Int32(known) }
        calendar.append(rule)
        return Int32(calendar.count - 1)
    }

    private func slot(_ attribute: String) -> AttributeSlot {
        if let known = AttributeSlot(name: attribute) { return known }
        guard let index = customNames.firstIndex(of: attribute) else {
            preconditionFailure("an attribute without a slot passed the checker")
        }
        return AttributeSlot(AttributeSlot.wellKnownNames.count + 1 + index)
    }

    mutating func text(_ text: String) -> IndexRange {
        let start = bytes.count
        bytes += text.utf8
        return IndexRange(start..<bytes.count)
    }

    /// A mask of limits: `maskWords` words, a bit for each number.
    private mutating func mask(_ names: [String]) -> Int32 {
        var words = [UInt64](repeating: 0, count: maskWords)
        for name in names {
            guard let number = limitNumbers[name] else { continue }
            words[number / 64] |= 1 << UInt64(number % 64)
        }
        masks += words
        return Int32(masks.count / maskWords - 1)
    }

    private mutating func conditions(_ list: [Condition]) -> IndexRange {
        let compiled = list.map { condition in
            let slot = slot(condition.attribute)
            usedSlots.insert(slot)
            switch condition.test {
            case .isPresent: return CompiledCondition(slot: slot, test: .isPresent, set: 0)
            case .isAbsent: return CompiledCondition(slot: slot, test: .isAbsent, set: 0)
            case .isOneOf(let values):
                return CompiledCondition(slot: slot, test: .isOneOf, set: set(values, of: condition.attribute))
            case .isNoneOf(let values):
                return CompiledCondition(slot: slot, test: .isNoneOf, set: set(values, of: condition.attribute))
            }
        }
        let start = conditions.count
        conditions += compiled
        return IndexRange(start..<conditions.count)
    }

    mutating func set(_ values: [Value], of attribute: String) -> UInt32 {
        var values = values
        if attribute == "host" {
            values = values.map { value in
                switch value {
                case .group: value
                case .pattern(let text): .pattern(text.lowercased())
                case .quoted(let text): .quoted(text.lowercased())
                }
            }
        }
        return set(values, isAddress: attribute == "ip")
    }

    /// The number of the set of these values, groups opened; equal lists share one.
    mutating func set(_ values: [Value], isAddress: Bool) -> UInt32 {
        let identity = "\(isAddress) " + values.map(\.description).joined(separator: "|")
        if let known = setNumbers[identity] { return known }
        var texts: [[UInt8]] = []
        var globs: [[UInt8]] = []
        var ranges: [AddressRange] = []
        for value in values.flatMap({ opened($0) }) {
            switch value {
            case .group: break
            case .pattern(let text), .quoted(let text):
                if isAddress {
                    ranges += [AddressRange(text)].compactMap(\.self)
                } else if case .pattern = value, Glob.hasWildcard(text.utf8) {
                    globs.append(Array(text.utf8))
                } else {
                    texts.append(Array(text.utf8))
                }
            }
        }
        let merged = AddressRange.merged(ranges)
        addresses += merged
        texts.sort { ($0.count, $0) < ($1.count, $1) }
        let literalStart = literals.count
        for text in texts {
            literals.append(IndexRange(bytes.count..<bytes.count + text.count))
            bytes += text
        }
        let patternStart = patterns.count
        for glob in globs {
            patterns.append(IndexRange(bytes.count..<bytes.count + glob.count))
            bytes += glob
        }
        sets.append(
            CompiledSet(
                literals: IndexRange(literalStart..<literals.count),
                patterns: IndexRange(patternStart..<patterns.count),
                addresses: IndexRange(addresses.count - merged.count..<addresses.count)))
        setNumbers[identity] = UInt32(sets.count - 1)
        return UInt32(sets.count - 1)
    }

    private func opened(_ value: Value) -> [Value] {
        guard let name = value.group else { return [value] }
        return groups[name] ?? []
    }
}

/// Shorter first, then byte by byte: the order in which sets are searched.
private func < (left: (Int, [UInt8]), right: (Int, [UInt8])) -> Bool {
    left.0 == right.0 ? left.1.lexicographicallyPrecedes(right.1) : left.0 < right.0
}
