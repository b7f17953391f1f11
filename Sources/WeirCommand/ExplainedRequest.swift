/// What an agent explains about one request.
struct ExplainedRequest: Decodable {
    struct Rule: Decodable {
        var rule: String
        var text: String
        var finding: String
        var enforced: Bool
        var tokens: Int64
        var capacity: Int64
        var inHand: Int64
        var inStore: Int64?
        var waiting: Int
        var deniedForMicroseconds: Int64?
        var resetMicroseconds: UInt64

        var denies: Bool { ["denied", "never", "deny"].contains(finding) }

        /// One sentence: what a check would find.
        var sentence: String {
            let left = "\(Wording.count(UInt64(max(0, inHand)))) in hand"
            let store = inStore.map { ", \(Wording.count(UInt64(max(0, $0)))) in the store by its last answer" } ?? ""
            switch finding {
            case "passes": return "passes: \(left)\(store)"
            case "denied":
                let wait = Wording.duration(.microseconds(deniedForMicroseconds ?? 0))
                return "denied for \(wait): \(left)\(store), it takes \(tokens)"
            case "never": return "never passes: it takes \(tokens), and the limit holds \(capacity)"
            case "asks": return "asks the store: \(left)\(store)" + (waiting > 0 ? ", \(waiting) wait before it" : "")
            case "deny":
                return "denied: the store does not answer or grant, and \(left); the rule says: else deny on outage"
            case "local":
                return "the store does not answer or grant: this agent's share decides (else local on outage); \(left)"
            default: return "passes: the store does not answer or grant, and the rule says: else allow on outage"
            }
        }
    }

    /// What the policy document says of the key of a request of a product.
    struct Contract: Decodable {
        var product: String
        var route: String
        var reason: String
        var status: UInt16
        var consumer: String
        var plan: String
        var contract: String
        var key: String

        var lines: [String] {
            var lines = ["product \(product)" + (route.isEmpty ? ", no route of it" : ", route \(route)")]
            if !consumer.isEmpty {
                lines.append("  \(key) of \(consumer)" + (plan.isEmpty ? "" : ", plan \(plan), contract \(contract)"))
            }
            if reason != "ok" { lines.append("  denied with \(status): \(meaning)") }
            return lines
        }

        private var meaning: String {
            switch reason {
            case "key-missing": "no API key (X-API-Key, or Authorization: Bearer)"
            case "key-unknown": "nobody has this key, or it is not whole"
            case "key-revoked": "the key is revoked"
            case "key-expired": "the key does not hold now"
            case "no-plan": "the key has no live subscription to this product"
            case "balance": "the subscription is overdue"
            default: reason
            }
        }
    }

    /// A grant that would be drawn on.
    struct Credit: Decodable {
        var grant: String
        var unit: String
        var finding: String
        var cost: Int64
        var inHand: Int64
        var granted: Int64
        var returned: Int64
        var spent: Int64
        var reserved: Int64
        var collector: String
        var spendableForMicroseconds: Int64
        var waiting: Int64

        var lines: [String] {
            func count(_ amount: Int64) -> String { Wording.count(UInt64(max(0, amount))) }
            let time =
                spendableForMicroseconds > 0
                ? " for \(Wording.duration(.microseconds(spendableForMicroseconds)))" : ""
            let hand = "\(count(inHand)) in hand\(time), it takes \(count(cost))"
            let sentence =
                switch finding {
                case "pays": "pays: \(hand)"
                case "asks": "asks the collector: \(hand)" + (waiting > 0 ? ", another check waits" : "")
                case "free": "does not charge this request"
                default: "used up: \(hand)"
                }
            let word =
                switch collector {
                case "open": "there is or may be more"
                case "empty": "all is used, or lent to agents that use it"
                default: "closed"
                }
            return [
                "  \(grant) (\(unit.isEmpty ? "units" : unit)): \(sentence)",
                "      granted \(count(granted)), spent \(count(spent)), reserved \(count(reserved)), given back \(count(returned));"
                    + " the collector's last word: \(word)",
            ]
        }
    }

    /// In the order in which they are drawn on; nil where nothing was bought, or the agent does not say.
    var credit: [Credit]?
    /// Nil for a request of no product.
    var contract: Contract?
    var state: String
    var isBlocked: Bool
    var isExempt: Bool
    var rules: [Rule]

    /// Whether some rule denies the request.
    var isDenied: Bool { isBlocked || isUnpaid || rules.contains { $0.enforced && $0.denies } }

    /// Whether nothing that was bought pays for it.
    private var isUnpaid: Bool {
        guard let contract, contract.reason == "ok" else { return false }
        guard let credit else { return true }
        return !credit.isEmpty && credit.allSatisfy { $0.finding == "used" }
    }

    var text: String {
        var lines = contract?.lines ?? []
        if let contract, contract.reason != "ok" { return lines.joined(separator: "\n") }
        if let contract, contract.reason == "ok" {
            if let credit {
                lines += credit.flatMap(\.lines)
            } else {
                lines.append("  nothing was bought: denied with 402")
            }
        }
        if isBlocked {
            lines.append("a deny statement matches: weir check names it")
            return lines.joined(separator: "\n")
        }
        guard !rules.isEmpty else {
            lines.append(
                isExempt ? "every rule that matches is lifted by an exempt statement" : "no rule matches: it passes")
            return lines.joined(separator: "\n")
        }
        lines.append("\(state) counters")
        for rule in rules {
            lines.append("  \(rule.rule)\(rule.enforced ? "" : " (not enforced)"): \(rule.sentence)")
            let reset =
                rule.resetMicroseconds == 0
                ? "full" : "full again in \(Wording.duration(.microseconds(Int64(clamping: rule.resetMicroseconds))))"
            lines.append("      \(rule.text); \(reset)")
        }
        return lines.joined(separator: "\n")
    }
}
