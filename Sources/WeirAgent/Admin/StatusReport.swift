import FoundationEssentials
import Synchronization
import WeirCore
import WeirRedis
import WeirSettings

/// What `GET /status` shows and `weir status` prints.
struct StatusReport: Encodable, Sendable {
    struct Rule: Encodable, Sendable {
        var name: String
        var text: String
        var allowed: UInt64
        var denied: UInt64
        var shadowDenied: UInt64
        var overflowed: UInt64
        /// What passes between it and the shared store; nil where nothing is shared.
        var shared: Shared?

        struct Shared: Encodable, Sendable {
            /// `shared`, `alone` where the store does not answer for some key, `rejoining` where it does not grant yet.
            var state: String
            var keys: Int
            /// The most that this agent could still admit if everything else failed now.
            var outstanding: Int64
            var waiting: Int
            var granted: UInt64
            var returned: UInt64
            var burned: UInt64
            /// Tokens that the outage policy has spent.
            var alone: UInt64
            /// Checks that waited for the store, and those that it did not answer in time.
            var waited: UInt64
            var overloaded: UInt64
            /// Answers of the store about it, and how many of them for each check.
            var calls: UInt64
            var callsPerCheck: Double
        }
    }

    struct Store: Encodable, Sendable {
        var address: String
        /// `shared`, `alone` where it does not answer, `rejoining` where it does not grant yet.
        var state: String
        var servers: [String]
        var trouble: String?
        var warnings: [String]
        var fleet: Int64
        var leases: Int
        var maximumLeases: Int
        var leaseBytes: Int
        var calls: UInt64
        var keys: UInt64
        var failures: [String: UInt64]
        var roundTripMicroseconds: Int64
    }

    struct Usage: Encodable, Sendable {
        /// `full`: the hot table lies in memory and the journal on disk; `disk`: both on disk; `memory-only`: nothing
        /// can be sealed.
        var durability: String
        var journal: String
        var sealing: Bool
        var journalFailure: String?
        var recoveredCalls: UInt64
        var cells: Int
        var othered: UInt64
        var collector: String?
        var collectorFailure: String?
        var waitingBytes: Int
        var quarantined: UInt64
        /// Parts of earlier runs' files that were not what was written, and files of another version that were left alone.
        var damagedParts: UInt64
        var tornBytes: UInt64
        var foreignFiles: UInt64
    }

    /// Lines of access logs, and reports as a whole.
    struct Log: Encodable, Sendable {
        var socket: String
        /// By what became of them, those alone that there were.
        var lines: [String: UInt64]
        var dropped: UInt64
    }

    /// What the collector sells, and how keys are looked at.
    struct Contracts: Encodable, Sendable {
        /// `none`, `disk` or `collector`.
        var source: String
        var version: Int64
        /// Seconds since the collector said that this is the newest; nil where it has not yet.
        var heardSecondsAgo: Int64?
        var products: Int
        var routes: Int
        var plans: Int
        var subscriptions: Int
        var consumers: Int
        var keys: Int
        var grants: Int
        var bookBytes: Int
        var cacheBytes: Int
        var wholes: UInt64
        var changes: UInt64
        var lastMicroseconds: Int64
        var digests: UInt64
        var missing: UInt64
        var unknown: UInt64
        var malformed: UInt64
        var refusals: UInt64
        var failures: UInt64
        var refusal: String?
        var failure: String?
        var diskFailure: String?
    }

    /// What this agent holds of what consumers have bought.
    struct Windows: Encodable, Sendable {
        /// In base units: calls and bytes, or nano-units of any currency.
        struct Amounts: Encodable, Sendable {
            var granted: Int64
            var returned: Int64
            var spent: Int64
            var reserved: Int64
            var inHand: Int64

            init(_ amounts: WindowSurvey.Amounts) {
                (granted, returned, spent) = (amounts.granted, amounts.returned, amounts.spent)
                (reserved, inHand) = (amounts.inflight, amounts.room)
            }
        }

        var count: Int
        var maximum: Int
        var open: Int
        var empty: Int
        var closed: Int
        /// Those that a check waits for, and those that other agents wait for.
        var waiting: Int
        var recalled: Int
        var units: Amounts
        var money: Amounts
        var draws: UInt64
        var exhausted: UInt64
        var late: UInt64
        var refused: UInt64
        var waits: UInt64
        /// What was said of windows, and in how many exchanges; those that failed.
        var calls: UInt64
        var exchanges: UInt64
        var failures: UInt64
        var failure: String?
        var roundTripMicroseconds: Int64
        /// Windows that the collector had closed, as somebody with a copy of this agent's disk had said that it was over.
        var revived: UInt64
    }

    struct Limits: Encodable, Sendable {
        var keys: Int
        var maximumKeys: Int
        var tableBytes: Int
        var evictions: UInt64
        /// Checks that rules which count bytes or answers waited for the report of in vain.
        var unreported: UInt64
    }

    var agent: String
    var incarnation: String
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
    /// Nil where no lines are taken.
    var log: Log?
    /// The store that agents share; nil where each counts alone.
    var store: Store?

    init(_ sources: AgentSources) {
        let snapshot = LimiterSnapshot(sources.gate)
        let policy = sources.policy.current
        agent = AgentVersion.name
        incarnation = sources.incarnation.hex
        uptimeSeconds = (AgentClock.monotonicMicroseconds - sources.startedAt) / 1_000_000
        store = Self.store(sources, snapshot)
        state = store?.state ?? DecisionState.local.name.description
        let storeState = store?.state
        enforce = sources.settings.enforce.rawValue
        allowed = snapshot.checks.allowed
        denied = snapshot.checks.denied
        connections = sources.doors.open.load(ordering: .relaxed)
        let offered = sources.installer.book.offers.limits
        let texts = Dictionary(policy.policy.limits.map { ($0.name, $0.limit.description) } + offered) { first, _ in
            first
        }
        contracts = sources.contracts.map { Contracts($0.current, snapshot) }
        windows = sources.windows.map { Windows($0.current, snapshot, maximum: sources.settings.maximumWindows) }
        rules = snapshot.limits.map { limit in
            Rule(
                name: limit.name, text: texts[limit.name] ?? "", allowed: limit.counters.allowed,
                denied: limit.counters.denied, shadowDenied: limit.counters.shadowDenied,
                overflowed: limit.counters.overflowed,
                shared: storeState.map { Rule.Shared(limit, store: $0) })
        }
        policyRefusal = policy.refusal
        limits = Limits(
            keys: snapshot.keys, maximumKeys: sources.settings.maximumKeys, tableBytes: snapshot.tableBytes,
            evictions: snapshot.evictions, unreported: snapshot.unreported)
        log = Self.log(sources)
        let journal = sources.journal.current
        let flush = sources.flush.current
        let durability = journal.failure != nil ? "memory-only" : sources.isHotInMemory ? "full" : "disk"
        usage = Usage(
            durability: durability, journal: sources.settings.stateDirectory + "/journal", sealing: journal.isSealing,
            journalFailure: journal.failure, recoveredCalls: journal.recoveredCalls, cells: snapshot.cells,
            othered: snapshot.othered,
            collector: sources.settings.collectorURL.isEmpty ? nil : sources.settings.collectorURL,
            collectorFailure: flush.failure, waitingBytes: flush.waitingBytes,
            quarantined: flush.quarantined + journal.quarantinedFiles, damagedParts: journal.damagedParts,
            tornBytes: journal.tornBytes, foreignFiles: journal.foreignFiles)
    }

    private static func log(_ sources: AgentSources) -> Log? {
        guard !sources.settings.logSocket.isEmpty else { return nil }
        var lines: [String: UInt64] = [:]
        for outcome in LogDoor.Outcome.allCases { lines[outcome.name] = sources.doors.lines[outcome] }
        lines["malformed"] = sources.doors[.malformedLine].value
        lines["refused"] = sources.doors[.lineNotAllowed].value
        return Log(
            socket: sources.settings.logSocket, lines: lines.filter { $0.value > 0 },
            dropped: sources.doors[.lineDropped].value)
    }

    private static func store(_ sources: AgentSources, _ snapshot: LimiterSnapshot) -> Store? {
        guard let store = sources.store, let leases = snapshot.leases else { return nil }
        let status = store.status.current
        let state = leases.state
        return Store(
            address: store.url.description, state: state, servers: status.servers.sorted(),
            trouble: state == "alone" ? status.trouble ?? "no answer" : nil, warnings: status.warnings.sorted(),
            fleet: leases.fleet, leases: leases.keys, maximumLeases: sources.settings.store.maximumLeases,
            leaseBytes: leases.bytes, calls: status.calls, keys: status.keys, failures: status.failures,
            roundTripMicroseconds: status.roundTripMicroseconds)
    }

    /// The report as JSON.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map(Array.init) ?? Array("{}".utf8)
    }
}

extension StatusReport.Rule.Shared {
    init(_ limit: LimiterSnapshot.Limit, store: String) {
        let (counters, survey) = (limit.counters.shared, limit.survey)
        state = store == "shared" && survey.alone > 0 ? "alone" : store
        keys = survey.keys
        outstanding = survey.outstanding
        waiting = survey.waiting
        granted = counters.granted
        returned = counters.returned
        burned = counters.burned
        alone = counters.alone
        waited = counters.waited
        overloaded = counters.overloaded
        calls = counters.calls
        let checks = limit.counters.allowed + limit.counters.denied + limit.counters.shadowDenied
        callsPerCheck = checks == 0 ? 0 : Double(calls) / Double(checks)
    }
}

extension StatusReport.Contracts {
    init(_ state: ContractStatus.State, _ snapshot: LimiterSnapshot) {
        source = state.source.rawValue
        version = state.version
        heardSecondsAgo = state.heardAt.map { max(0, AgentClock.monotonicMicroseconds - $0) / 1_000_000 }
        (products, routes, plans) = (state.products, state.routes, state.plans)
        (subscriptions, consumers, keys, grants) = (state.subscriptions, state.consumers, state.keys, state.grants)
        (bookBytes, cacheBytes) = (state.bookBytes, snapshot.keyCacheBytes)
        (wholes, changes, lastMicroseconds) = (state.wholes, state.changes, state.lastMicroseconds)
        (digests, missing) = (snapshot.desk.digests, snapshot.desk.missing)
        (unknown, malformed) = (snapshot.desk.unknown, snapshot.desk.malformed)
        (refusals, failures) = (state.refusals, state.failures)
        (refusal, failure, diskFailure) = (state.refusal, state.failure, state.diskFailure)
    }
}

extension StatusReport.Windows {
    init(_ state: WindowStatus.State, _ snapshot: LimiterSnapshot, maximum: Int) {
        let (survey, counters) = (snapshot.credit, snapshot.windows)
        (count, self.maximum) = (snapshot.windowCount, maximum)
        (open, empty, closed) = (survey.open, survey.empty, survey.closed)
        (waiting, recalled) = (survey.waiting, survey.recalled)
        (units, money) = (Amounts(survey.units), Amounts(survey.money))
        (draws, exhausted, late) = (counters.drawn, counters.exhausted, counters.late)
        (refused, waits, calls, revived) = (counters.refused, counters.waited, counters.calls, counters.revived)
        (exchanges, failures, failure) = (state.exchanges, state.failures, state.failure)
        roundTripMicroseconds = state.roundTrip
    }
}
