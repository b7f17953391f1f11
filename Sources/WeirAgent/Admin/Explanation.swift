import FoundationEssentials
import WeirCore

/// What `GET /explain?NAME=VALUE&…` shows and `weir explain` prints: why a request would be denied now, and until when.
struct Explanation: Encodable, Sendable {
    struct Rule: Encodable, Sendable {
        var rule: String
        var text: String
        /// `passes`, `denied`, `asks`, `never`, or `deny`, `local`, `allow` where the outage policy would decide.
        var finding: String
        var enforced: Bool
        var tokens: Int64
        var capacity: Int64
        var inHand: Int64
        var inStore: Int64?
        var waiting: Int
        /// Nil where it is not denied.
        var deniedForMicroseconds: Int64?
        var resetMicroseconds: UInt64
    }

    /// What the policy document says of the request's key; nil for a request of no product.
    struct Contract: Encodable, Sendable {
        var product: String
        var route: String
        /// `ok`, or the reason of the denial, and its status.
        var reason: String
        var status: UInt16
        var consumer: String
        var plan: String
        var contract: String
        var key: String
    }

    /// A grant that would be drawn on, and what is known of it. Amounts are base units: calls, bytes, or nano-units of a currency.
    struct Credit: Encodable, Sendable {
        var grant: String
        /// A meter's code, or `money:USD`.
        var unit: String
        /// `pays`, `asks`, `used`, or `free` where the request is not charged to it.
        var finding: String
        var cost: Int64
        var inHand: Int64
        var granted: Int64
        var returned: Int64
        var spent: Int64
        var reserved: Int64
        /// What the collector has said last: `open`, `empty` or `closed`; for how long what is in hand may be spent yet.
        var collector: String
        var spendableForMicroseconds: Int64
        var waiting: Int64
    }

    var contract: Contract?
    /// In the order in which they are drawn on; empty where nothing is to be paid, nil where nothing was bought.
    var credit: [Credit]?
    /// The state of the shared store; `local` where nothing is shared.
    var state: String
    /// Whether a `deny` statement matches: then limits are not looked at.
    var isBlocked: Bool
    var isExempt: Bool
    var rules: [Rule]

    /// Why there is none.
    struct Problem: Error {
        let text: String
    }

    /// - Parameter query: the attributes as `NAME=VALUE`, percent-encoded, apart by `&`; `@cost` is the cost.
    init(_ query: Substring, _ sources: AgentSources) throws(Problem) {
        let frame = try Self.frame(query)
        typealias Found = (
            limits: [(String, LimitExplanation)], denial: Int, isExempt: Bool, key: KeyExplanation?,
            credit: [(credit: CreditExplanation, unit: String)]?
        )
        let found: Found? = sources
            .gate.withLimiter {
                limiter in
                frame.withBytes { bytes in
                    guard let header = try? FrameHeader(reading: bytes), let request = try? limiter.read(bytes, header)
                    else {
                        return nil
                    }
                    let key = limiter.explainKey(in: bytes, now: AgentClock.now())
                    let credit = limiter.explainCredit(request, in: bytes, now: AgentClock.now())
                    let found = limiter.explain(request, in: bytes, now: AgentClock.now())
                    let limits = found.limits.map { explanation in
                        (limiter.withName(of: .limit(UInt16(explanation.limit))) { $0.text }, explanation)
                    }
                    return (limits, found.denial, found.isExempt, key, credit)
                }
            }
        guard let found else { throw Problem(text: "an attribute is given twice") }
        let policy = sources.policy.current.policy
        let offered = sources.installer.book.offers.limits
        let texts = Dictionary(policy.limits.map { ($0.name, $0.limit.description) } + offered) { first, _ in first }
        contract = found.key.map { Contract($0) }
        credit = found.credit?.map { Credit($0.credit, unit: $0.unit) }
        let leases = LimiterSnapshot.leases(sources.gate)
        state = leases.map { $0.state } ?? DecisionState.local.name.description
        isBlocked = found.denial >= 0 || found.key.map { $0.reason != .ok } ?? false
        isExempt = found.isExempt
        rules = found.limits.map { Rule(name: $0.0, text: texts[$0.0] ?? "", $0.1) }
    }

    private static func frame(_ query: Substring) throws(Problem) -> [UInt8] {
        var draft = CheckDraft(attributes: [])
        for part in query.split(separator: "&") {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2, let name = decoded(words[0]).map({ String(decoding: $0, as: UTF8.self) }),
                let value = decoded(words[1])
            else { throw Problem(text: "expected NAME=VALUE, percent-encoded, found \"\(part)\"") }
            if name == "@cost" {
                guard let cost = UInt32(String(decoding: value, as: UTF8.self)) else {
                    throw Problem(text: "@cost: expected a whole number")
                }
                draft.cost = cost
            } else {
                draft.attributes.append((name, value))
            }
        }
        if let problem = draft.problem { throw Problem(text: problem) }
        return draft.frame(id: 1)
    }

    /// The bytes of a percent-encoded text; nil where a percent sign stands alone.
    private static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// The explanation as JSON.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map(Array.init) ?? Array("{}".utf8)
    }
}

extension Explanation.Contract {
    init(_ key: KeyExplanation) {
        (product, route, reason, status) = (key.product, key.route, key.reason.name.description, key.status)
        (consumer, plan, contract, self.key) = (key.consumer, key.plan, key.contract, key.key)
    }
}

extension Explanation.Credit {
    init(_ credit: CreditExplanation, unit: String) {
        grant = credit.grant.text(RecordID.grant)
        self.unit = unit
        finding = credit.finding.rawValue
        (cost, inHand, granted, returned) = (credit.cost, credit.room, credit.granted, credit.returned)
        (spent, reserved, waiting) = (credit.spent, credit.inflight, credit.waiting)
        collector =
            switch credit.standing {
            case .open: "open"
            case .empty: "empty"
            case .closed: "closed"
            }
        spendableForMicroseconds = credit.lifetime
    }
}

extension Explanation.Rule {
    init(name: String, text: String, _ explanation: LimitExplanation) {
        rule = name
        self.text = text
        switch explanation.finding {
        case .passes: finding = "passes"
        case .asks: finding = "asks"
        case .never: finding = "never"
        case .outage(let policy): finding = policy.rawValue
        case .denied(let microseconds):
            finding = "denied"
            deniedForMicroseconds = microseconds
        }
        enforced = explanation.isEnforced
        tokens = explanation.tokens
        capacity = explanation.capacity
        inHand = explanation.inHand
        inStore = explanation.inStore
        waiting = explanation.waiting
        resetMicroseconds = explanation.reset
    }
}
