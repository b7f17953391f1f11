import FoundationEssentials
import Synchronization
import WeirCore
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

    struct Limits: Encodable, Sendable {
        var keys: Int
        var maximumKeys: Int
        var tableBytes: Int
        var evictions: UInt64
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

    init(_ sources: AgentSources) {
        let snapshot = LimiterSnapshot(sources.gate)
        let policy = sources.policy.current
        agent = AgentVersion.name
        incarnation = sources.incarnation.hex
        uptimeSeconds = (AgentClock.monotonicMicroseconds - sources.startedAt) / 1_000_000
        state = DecisionState.local.name.description
        enforce = sources.settings.enforce.rawValue
        allowed = snapshot.checks.allowed
        denied = snapshot.checks.denied
        connections = sources.doors.open.load(ordering: .relaxed)
        let texts = Dictionary(policy.policy.limits.map { ($0.name, $0.limit.description) }) { first, _ in first }
        rules = snapshot.limits.map { limit in
            Rule(
                name: limit.name, text: texts[limit.name] ?? "", allowed: limit.counters.allowed,
                denied: limit.counters.denied, shadowDenied: limit.counters.shadowDenied,
                overflowed: limit.counters.overflowed)
        }
        policyRefusal = policy.refusal
        limits = Limits(
            keys: snapshot.keys, maximumKeys: sources.settings.maximumKeys, tableBytes: snapshot.tableBytes,
            evictions: snapshot.evictions)
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

    /// The report as JSON.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map(Array.init) ?? Array("{}".utf8)
    }
}
