/// The part of an agent's status that people look at.
struct AgentStatus: Decodable {
    struct Rule: Decodable {
        var name: String
        var text: String
        var allowed: UInt64
        var denied: UInt64
        var shadowDenied: UInt64
        var overflowed: UInt64
        var shared: Shared?

        struct Shared: Decodable {
            var state: String
            var outstanding: Int64
            var waiting: Int
            var granted: UInt64
            var returned: UInt64
            var burned: UInt64
            var alone: UInt64
            var overloaded: UInt64
            var callsPerCheck: Double
        }
    }

    struct Store: Decodable {
        var address: String
        var state: String
        var trouble: String?
        var warnings: [String]
        var fleet: Int64
        var leases: Int
        var maximumLeases: Int
        var calls: UInt64
        var roundTripMicroseconds: Int64
    }

    struct Limits: Decodable {
        var keys: Int
        var maximumKeys: Int
        var unreported: UInt64?
    }

    /// What the collector sells.
    struct Contracts: Decodable {
        var source: String
        var version: Int64
        var heardSecondsAgo: Int64?
        var products: Int
        var plans: Int
        var subscriptions: Int
        var keys: Int
        var refusal: String?
        var failure: String?
        var diskFailure: String?

        var text: String {
            if source == "none" {
                return "no policy yet: until the collector answers, every request is denied (no-policy)"
            }
            let heard =
                heardSecondsAgo.map { "the newest \(Wording.duration(.seconds($0))) ago" } ?? "not confirmed yet"
            return "policy \(version) from \(source), \(heard) · \(products) products, \(plans) plans, "
                + "\(Wording.count(UInt64(subscriptions))) subscriptions, \(Wording.count(UInt64(keys))) API keys"
        }

        var troubles: [String] {
            [
                refusal.map { "policy of the collector: \($0)" },
                failure.map { "policy of the collector: \($0); what is in force stays" },
                diskFailure.map { "policy of the collector: not on disk: \($0)" },
            ].compactMap(\.self)
        }
    }

    /// What the agent holds of what consumers have bought.
    struct Windows: Decodable {
        struct Amounts: Decodable {
            var granted: Int64
            var spent: Int64
            var inHand: Int64
        }

        var count: Int
        var waiting: Int
        var units: Amounts
        var money: Amounts
        var draws: UInt64
        var exhausted: UInt64
        var late: UInt64
        var calls: UInt64
        var failure: String?
        var roundTripMicroseconds: Int64
        var revived: UInt64

        var text: String {
            func count(_ amount: Int64) -> String { Wording.count(UInt64(max(0, amount))) }
            var parts = ["\(count(Int64(self.count))) windows"]
            if units.granted > 0 || money.granted == 0 {
                parts.append(
                    "\(count(units.granted)) granted, \(count(units.spent)) spent, \(count(units.inHand)) in hand")
            }
            if money.granted > 0 {
                parts.append(
                    "money (nano): \(count(money.granted)) granted, \(count(money.spent)) spent, \(count(money.inHand)) in hand"
                )
            }
            parts.append("\(waiting) waited for, \(Wording.count(calls)) calls")
            parts.append(
                "\(Wording.count(draws)) draws, \(Wording.count(exhausted)) denied (balance), \(Wording.count(late)) (overload)"
            )
            return parts.joined(separator: " · ")
        }

        var troubles: [String] {
            var troubles = failure.map { ["credit: no word from the collector: \($0)"] } ?? []
            if revived > 0 { troubles.append("credit: an agent runs on a copy of this one's disk") }
            return troubles
        }
    }

    struct Log: Decodable {
        var socket: String
        var lines: [String: UInt64]
        var dropped: UInt64

        var text: String {
            let parts = lines.sorted { $0.key < $1.key }.map { "\(Wording.count($0.value)) \($0.key)" }
            return (parts.isEmpty ? ["no lines yet"] : parts).joined(separator: ", ")
                + (dropped > 0 ? ", \(Wording.count(dropped)) dropped" : "")
        }
    }

    struct Usage: Decodable {
        var durability: String
        var journal: String
        var journalFailure: String?
        var cells: Int
        var othered: UInt64
        var collector: String?
        var collectorFailure: String?
        var waitingBytes: Int
        var quarantined: UInt64
        var damagedParts: UInt64
        var foreignFiles: UInt64
    }

    var agent: String
    var uptimeSeconds: Int64
    var state: String
    var enforce: String
    var allowed: UInt64
    var denied: UInt64
    var connections: UInt64
    var rules: [Rule]
    var policyRefusal: String?
    var limits: Limits
    var usage: Usage
    /// Nil where keys are not decided on.
    var contracts: Contracts?
    var windows: Windows?
    /// Nil where no lines of access logs are taken.
    var log: Log?
    /// The store that agents share; nil where each counts alone.
    var store: Store?

    /// What somebody should look at, one line each.
    var troubles: [String] {
        var troubles: [String] = []
        if let policyRefusal { troubles.append("policy: \(policyRefusal)") }
        if let store {
            switch store.state {
            case "alone":
                troubles.append("store: \(store.address): \(store.trouble ?? "no answer"); outage policies decide")
            case "rejoining":
                troubles.append("store: \(store.address) grants nothing yet, as it may have forgotten something")
            default: break
            }
            troubles += store.warnings.map { "store: \($0)" }
            if store.leases * 5 >= store.maximumLeases * 4 {
                troubles.append("leases: \(store.leases) of \(store.maximumLeases) in use: raise WEIR_MAX_LEASES")
            }
        }
        troubles += contracts?.troubles ?? []
        troubles += windows?.troubles ?? []
        if let failure = usage.journalFailure { troubles.append("journal: \(failure)") }
        if let failure = usage.collectorFailure {
            troubles.append("collector: \(failure); usage is kept and sent later")
        }
        if usage.quarantined > 0 {
            troubles.append("usage: \(usage.quarantined) files in \(usage.journal)/quarantine")
        }
        if usage.damagedParts > 0 {
            troubles.append("journal: \(usage.damagedParts) damaged parts of earlier runs were left out")
        }
        if let unreported = limits.unreported, unreported > 0 {
            troubles.append(
                "rules: \(unreported) checks were never reported, so rules that count bytes or answers did not count them"
            )
        }
        if let log, log.dropped > 0 {
            troubles.append("log: \(log.dropped) lines had no room to wait: raise WEIR_LOG_BUFFER")
        }
        if usage.foreignFiles > 0 {
            troubles.append(
                "journal: \(usage.foreignFiles) files of another version are left alone in \(usage.journal)")
        }
        if limits.keys * 5 >= limits.maximumKeys * 4 {
            troubles.append("keys: \(limits.keys) of \(limits.maximumKeys) in use: raise WEIR_MAX_KEYS")
        }
        return troubles
    }

    var text: String {
        var lines = [
            "\(agent) · up \(Wording.duration(.seconds(uptimeSeconds))) · \(state) counters · enforce \(enforce)",
            "  checks   \(Wording.count(allowed)) allowed, \(Wording.count(denied)) denied, \(connections) connections",
            "  keys     \(Wording.count(UInt64(limits.keys))) of \(Wording.count(UInt64(limits.maximumKeys)))",
            "  usage    \(Wording.count(UInt64(usage.cells))) totals, durability \(usage.durability), "
                + (usage.collector.map { "to \($0)" } ?? "in \(usage.journal)")
                + (usage.waitingBytes > 0 ? ", \(Wording.bytes(UInt64(usage.waitingBytes))) of closed hours wait" : ""),
        ]
        if let contracts { lines.append("  sold     \(contracts.text)") }
        if let windows, windows.count > 0 { lines.append("  credit   \(windows.text)") }
        if let log { lines.append("  log      \(log.text)") }
        if let store {
            lines.append(
                "  store    \(store.address) · \(store.state) · fleet of \(store.fleet) · "
                    + "\(Wording.count(UInt64(store.leases))) keys leased · \(Wording.count(store.calls)) calls, "
                    + "\(Wording.duration(.microseconds(store.roundTripMicroseconds))) each")
        }
        var table = TextTable(["rule", "allowed", "denied", "shadow", "limit"], rightAligned: [1, 2, 3])
        for rule in rules {
            table.add([
                rule.name, Wording.count(rule.allowed), Wording.count(rule.denied), Wording.count(rule.shadowDenied),
                rule.text,
            ])
        }
        lines += table.text.split(separator: "\n").map { "  \($0)" }
        if store != nil { lines += leases.text.split(separator: "\n").map { "  \($0)" } }
        lines += troubles.map { "! \($0)" }
        return lines.joined(separator: "\n")
    }

    /// What passes between each rule and the shared store.
    private var leases: TextTable {
        var table = TextTable(
            [
                "rule", "state", "outstanding", "granted", "returned", "burned", "alone", "waiting", "late",
                "calls/check",
            ], rightAligned: [2, 3, 4, 5, 6, 7, 8, 9])
        for rule in rules {
            guard let shared = rule.shared else { continue }
            table.add([
                rule.name, shared.state, Wording.count(UInt64(max(0, shared.outstanding))),
                Wording.count(shared.granted), Wording.count(shared.returned), Wording.count(shared.burned),
                Wording.count(shared.alone), "\(shared.waiting)", Wording.count(shared.overloaded),
                Wording.decimals(shared.callsPerCheck, 4),
            ])
        }
        return table
    }
}
