import Metrics
import Synchronization
import WeirCore
import WeirSettings

/// Hands the agent's figures to swift-metrics when somebody asks: nothing is counted twice on the check path.
final class AgentMetrics: Sendable {
    /// What each metric means.
    static let help = [
        "weir_checks_total": "Checks that were decided, peeks aside",
        "weir_rule_checks_total": "Checks that a rule matched, by what became of them",
        "weir_denials_total": "Checks that a deny statement matched",
        "weir_limit_keys": "Limit keys that are counted now",
        "weir_limit_keys_maximum": "Limit keys that can be counted apart (WEIR_MAX_KEYS)",
        "weir_limit_evictions_total": "Limit keys that were forgotten because time had made them as new",
        "weir_limit_new_keys_throttled_total": "New limit keys that were counted together, beyond WEIR_MAX_NEW_KEYS",
        "weir_limit_table_bytes": "Bytes of the limit table",
        "weir_rule_lease_tokens_total":
            "Tokens of a rule that the shared store granted, that went back, that were held when their lease was over, or that the outage policy spent",
        "weir_rule_outstanding_tokens":
            "Tokens of a rule that this agent could still admit if everything else failed now",
        "weir_rule_waiting_checks": "Checks of a rule that wait for the shared store",
        "weir_rule_waited_total": "Checks of a rule that had to wait for the shared store",
        "weir_rule_overloaded_total": "Checks of a rule that the shared store did not answer in time",
        "weir_rule_store_answers_total": "Answers of the shared store about a rule",
        "weir_rule_alone_keys": "Keys of a rule that the shared store does not answer for, or does not grant yet",
        "weir_leases": "Limit keys that this agent has to do with now",
        "weir_leases_maximum": "Limit keys that leases can be held of (WEIR_MAX_LEASES)",
        "weir_lease_table_bytes": "Bytes of the table of leases",
        "weir_store_up": "Whether the shared store answers and grants for all keys",
        "weir_store_tags": "Tags of keys by how the shared store does for them",
        "weir_store_fleet": "Agents that share",
        "weir_store_calls_total": "Runs of the lease script that were asked for",
        "weir_store_keys_total": "Limit keys that those were about",
        "weir_store_failures_total": "Calls that got no answer, by the kind of trouble",
        "weir_store_round_trip_microseconds": "From writing a call to its answer, smoothed",
        "weir_store_warnings": "Settings of the servers that weaken the bound",
        "weir_open_checks": "Requests that hold slots or reservations",
        "weir_open_checks_maximum": "Requests that may hold slots or reservations (WEIR_MAX_OPEN)",
        "weir_open_checks_refused_total":
            "Checks that were denied because too many requests hold slots or reservations",
        "weir_slots_expired_total": "Slots that were freed because nobody said that their request is over",
        "weir_awaited_checks": "Checks that rules which count bytes or answers wait for the reports of",
        "weir_unreported_checks_total":
            "Checks that such rules waited for in vain: no report in time, or too many to wait for (WEIR_MAX_OPEN)",
        "weir_log_lines_total": "Lines of access logs, by what became of them",
        "weir_log_dropped_total": "Lines of access logs that had no room to wait (WEIR_LOG_BUFFER)",
        "weir_usage_cells": "Usage totals in the hot table",
        "weir_usage_slots": "Usage totals that the hot table can hold",
        "weir_usage_othered_total": "Calls that were counted without their key, for want of room",
        "weir_usage_reports_total": "Reports that were taken",
        "weir_connections": "Connections that are open",
        "weir_connections_accepted_total": "Connections that came",
        "weir_connections_refused_total":
            "Connections that were refused: too many in all, or of one user, not allowed, or no files left",
        "weir_connections_maximum": "Connections that can be open (WEIR_MAX_CONNECTIONS, as far as open files go)",
        "weir_admin_connections_refused_total": "Connections to the admin endpoint that were refused: too many",
        "weir_door_requests_total": "Requests of all doors",
        "weir_door_malformed_total": "Frames and requests that broke their protocol",
        "weir_door_oversized_total": "Frames and requests that were too large",
        "weir_door_silent_total": "Connections closed because they sent nothing in time",
        "weir_door_yields_total": "Turns of a connection that ended with requests left for its next one",
        "weir_door_stalls_total": "Times that a client left no room for its answers, and was not read from",
        "weir_door_unknown_paths_total": "HTTP requests whose path names no dialect",
        "weir_door_unknown_messages_total": "Messages of HAProxy that are neither weir-check nor weir-report",
        "weir_door_deadlines_total": "Connections closed because a request was not whole in time",
        "weir_door_slow_readers_total": "Connections closed because their answers were not read in time",
        "weir_policy_limits": "Limits of the policy in force",
        "weir_policy_reloads_total": "Policies that were put in force after the first",
        "weir_policy_refusals_total": "Policies that were refused while another one ran",
        "weir_contract_version": "Version of the policy document in force; 0 before there is one",
        "weir_contract_heard_seconds":
            "Seconds since the collector said that the policy document in force is the newest",
        "weir_contract_records": "Records of the policy document in force, by kind",
        "weir_contract_bytes": "Bytes of what is kept of the policy document, and of the cache of keys",
        "weir_contract_documents_total": "Policy documents that were put in force",
        "weir_contract_refusals_total": "Policy documents that were refused",
        "weir_contract_failures_total": "Questions for the policy document that the collector did not answer",
        "weir_contract_on_disk": "Whether the policy document in force is on disk",
        "weir_key_digests_total": "Keys whose digest was worked out because they were in no cache",
        "weir_windows": "Purchases and balances that this agent holds something of, or did",
        "weir_windows_maximum": "Purchases and balances that there is room for (WEIR_MAX_WINDOWS)",
        "weir_window_draws_total": "Checks that drew on what was bought",
        "weir_window_denials_total":
            "Checks that were denied as what was bought is used up, as the collector did not answer in time, or as there was no room",
        "weir_window_outage_total":
            "Checks that passed as no collector was there (on outage): by an overdraft, or without being billed",
        "weir_window_skipped_total": "Draws given back as nothing was reported of their calls (unreported skip)",
        "weir_window_waits_total": "Checks that waited for the collector to grant something",
        "weir_window_exchanges_total": "Exchanges with the collector, by how they ended",
        "weir_window_round_trip_microseconds": "How long the last exchange took",
        "weir_window_calls_total": "What was said of windows in exchanges",
        "weir_window_states": "Windows by what the collector has said of them last",
        "weir_window_waiting": "Windows that a check waits for",
        "weir_window_recalled": "Windows that other agents wait for something of",
        "weir_window_room": "What may be spent now, in base units: calls and bytes, or nano-units of money",
        "weir_window_granted": "What was granted to this run in all, in base units",
        "weir_window_spent": "What this run has spent in all, in base units",
        "weir_window_revived_total":
            "Windows that the collector had closed, as somebody with a copy of this agent's disk had said that it was over",
        "weir_flush_clones_total": "Times that another agent was found to deliver under this one's name: a copied disk",
        "weir_keys_refused_total": "Checks of a product without a key, or with one that nobody has",
        "weir_journal_sealing": "Whether usage reaches the disk",
        "weir_journal_failures_total": "Times that usage began not to reach the disk",
        "weir_journal_damaged_total": "Parts of earlier runs' journals that were not what was written",
        "weir_journal_torn_bytes_total": "Bytes of earlier runs' journals that were cut short",
        "weir_journal_foreign_files": "Files of another version that were left alone",
        "weir_journal_quarantined_total": "Files of earlier runs that were put aside",
        "weir_journal_segments_given_up_total": "Segments that could not be synced and were written anew",
        "weir_journal_recovered_calls_total": "Calls of earlier runs that were recovered",
        "weir_flush_batches_total": "Batches that the collector took",
        "weir_flush_cells_total": "Usage totals that the collector took",
        "weir_flush_failures_total": "Attempts to reach the collector that failed",
        "weir_flush_quarantined_total": "Batches that were put aside because the collector refuses them",
        "weir_flush_refills_total": "Times that a collector which had forgotten was sent everything again",
        "weir_flush_waiting_bytes": "Bytes of closed hours that wait for the collector",
    ]

    private let sources: AgentSources
    /// The values that counters had when they were handed over last: swift-metrics counts in steps.
    private let last = Mutex<[String: UInt64]>([:])

    init(_ sources: AgentSources) { self.sources = sources }

    /// Brings every metric up to date.
    func publish() {
        let snapshot = LimiterSnapshot(sources.gate)
        publishLimiter(snapshot)
        publishStore(snapshot)
        publishDoors()
        publishUsage()
        publishContracts(snapshot)
        let policy = sources.policy.current
        gauge("weir_policy_limits", policy.policy.limits.count)
        counter("weir_policy_reloads_total", policy.reloads)
        counter("weir_policy_refusals_total", policy.refusals)
    }

    private func publishLimiter(_ snapshot: LimiterSnapshot) {
        counter("weir_checks_total", snapshot.checks.allowed, [("decision", "allow")])
        counter("weir_checks_total", snapshot.checks.denied, [("decision", "deny")])
        counter("weir_denials_total", snapshot.denials)
        gauge("weir_limit_keys", snapshot.keys)
        gauge("weir_limit_keys_maximum", sources.settings.maximumKeys)
        counter("weir_limit_evictions_total", snapshot.evictions)
        gauge("weir_limit_table_bytes", snapshot.tableBytes)
        gauge("weir_open_checks", snapshot.open)
        gauge("weir_open_checks_maximum", sources.settings.maximumOpen)
        counter("weir_open_checks_refused_total", snapshot.refusedOpen)
        counter("weir_slots_expired_total", snapshot.expiredSlots)
        gauge("weir_awaited_checks", snapshot.awaited)
        counter("weir_unreported_checks_total", snapshot.unreported)
        gauge("weir_usage_cells", snapshot.cells)
        gauge("weir_usage_slots", snapshot.slots)
        counter("weir_usage_othered_total", snapshot.othered)
        for limit in snapshot.limits {
            let counters = [
                ("allowed", limit.counters.allowed), ("denied", limit.counters.denied),
                ("shadow_denied", limit.counters.shadowDenied), ("overflowed", limit.counters.overflowed),
            ]
            for (result, value) in counters {
                counter("weir_rule_checks_total", value, [("rule", limit.name), ("result", result)])
            }
        }
    }

    private func publishContracts(_ snapshot: LimiterSnapshot) {
        guard let contracts = sources.contracts?.current else { return }
        gauge("weir_contract_version", Int(contracts.version))
        if let heardAt = contracts.heardAt {
            gauge("weir_contract_heard_seconds", Int(max(0, AgentClock.monotonicMicroseconds - heardAt) / 1_000_000))
        }
        let records = [
            ("product", contracts.products), ("route", contracts.routes), ("plan", contracts.plans),
            ("subscription", contracts.subscriptions), ("grant", contracts.grants), ("key", contracts.keys),
        ]
        for (kind, count) in records { gauge("weir_contract_records", count, [("kind", kind)]) }
        gauge("weir_contract_bytes", contracts.bookBytes, [("of", "document")])
        gauge("weir_contract_bytes", snapshot.keyCacheBytes, [("of", "cache")])
        counter("weir_contract_documents_total", contracts.wholes, [("kind", "whole")])
        counter("weir_contract_documents_total", contracts.changes, [("kind", "change")])
        counter("weir_contract_refusals_total", contracts.refusals)
        counter("weir_contract_failures_total", contracts.failures)
        gauge("weir_contract_on_disk", contracts.diskFailure == nil && contracts.source != .none ? 1 : 0)
        counter("weir_key_digests_total", snapshot.desk.digests)
        publishWindows(snapshot)
        counter("weir_keys_refused_total", snapshot.desk.missing, [("reason", "missing")])
        counter("weir_keys_refused_total", snapshot.desk.unknown, [("reason", "unknown")])
        counter("weir_keys_refused_total", snapshot.desk.malformed, [("reason", "malformed")])
    }

    private func publishWindows(_ snapshot: LimiterSnapshot) {
        guard let exchange = sources.windows?.current else { return }
        gauge("weir_windows", snapshot.windowCount)
        gauge("weir_windows_maximum", sources.settings.maximumWindows)
        counter("weir_window_draws_total", snapshot.windows.drawn)
        counter("weir_window_denials_total", snapshot.windows.exhausted, [("reason", "balance")])
        counter("weir_window_denials_total", snapshot.windows.late, [("reason", "overload")])
        counter("weir_window_denials_total", snapshot.windows.refused, [("reason", "room")])
        counter("weir_window_outage_total", snapshot.windows.overdrawn, [("result", "overdraft")])
        counter("weir_window_outage_total", snapshot.windows.unpaid, [("result", "open")])
        counter("weir_window_skipped_total", snapshot.windows.skipped)
        counter("weir_window_waits_total", snapshot.windows.waited)
        counter("weir_window_exchanges_total", exchange.exchanges, [("result", "answered")])
        counter("weir_window_exchanges_total", exchange.failures, [("result", "failed")])
        gauge("weir_window_round_trip_microseconds", Int(exchange.roundTrip))
        counter("weir_window_calls_total", snapshot.windows.calls)
        counter("weir_window_revived_total", snapshot.windows.revived)
        let credit = snapshot.credit
        for (state, count) in [("open", credit.open), ("empty", credit.empty), ("closed", credit.closed)] {
            gauge("weir_window_states", count, [("state", state)])
        }
        gauge("weir_window_waiting", credit.waiting)
        gauge("weir_window_recalled", credit.recalled)
        for (kind, amounts) in [("units", credit.units), ("money", credit.money)] {
            gauge("weir_window_room", Int(amounts.room), [("of", kind)])
            gauge("weir_window_granted", Int(amounts.granted), [("of", kind)])
            gauge("weir_window_spent", Int(amounts.spent), [("of", kind)])
        }
    }

    private func publishStore(_ snapshot: LimiterSnapshot) {
        guard let leases = snapshot.leases, let store = sources.store?.status.current else { return }
        gauge("weir_leases", leases.keys)
        gauge("weir_leases_maximum", sources.settings.store.maximumLeases)
        gauge("weir_lease_table_bytes", leases.bytes)
        gauge("weir_store_up", leases.tags.alone + leases.tags.frozen == 0 ? 1 : 0)
        gauge("weir_store_tags", leases.tags.shared, [("state", "shared")])
        gauge("weir_store_tags", leases.tags.alone, [("state", "alone")])
        gauge("weir_store_tags", leases.tags.frozen, [("state", "rejoining")])
        gauge("weir_store_fleet", Int(leases.fleet))
        counter("weir_store_calls_total", store.calls)
        counter("weir_store_keys_total", store.keys)
        for (reason, count) in store.failures { counter("weir_store_failures_total", count, [("reason", reason)]) }
        gauge("weir_store_round_trip_microseconds", Int(store.roundTripMicroseconds))
        gauge("weir_store_warnings", store.warnings.count)
        for limit in snapshot.limits {
            let (counters, rule) = (limit.counters.shared, ("rule", limit.name))
            let flows = [
                ("granted", counters.granted), ("returned", counters.returned), ("burned", counters.burned),
                ("alone", counters.alone),
            ]
            for (flow, value) in flows { counter("weir_rule_lease_tokens_total", value, [rule, ("flow", flow)]) }
            gauge("weir_rule_outstanding_tokens", Int(limit.survey.outstanding), [rule])
            gauge("weir_rule_waiting_checks", limit.survey.waiting, [rule])
            gauge("weir_rule_alone_keys", limit.survey.alone, [rule])
            counter("weir_rule_waited_total", counters.waited, [rule])
            counter("weir_rule_overloaded_total", counters.overloaded, [rule])
            counter("weir_rule_store_answers_total", counters.calls, [rule])
        }
    }

    private func publishDoors() {
        let doors = sources.doors
        gauge("weir_connections", Int(doors.open.load(ordering: .relaxed)))
        counter("weir_connections_accepted_total", doors.accepted.load(ordering: .relaxed))
        gauge("weir_connections_maximum", Int(clamping: doors.maximum.load(ordering: .relaxed)))
        for trouble in Trouble.allCases {
            counter(trouble.metric.name, doors[trouble].value, trouble.metric.labels)
        }
        counter("weir_door_requests_total", doors.requests.load(ordering: .relaxed))
        counter("weir_door_unknown_paths_total", doors.unknownPaths.load(ordering: .relaxed))
        counter("weir_door_unknown_messages_total", doors.unknownMessages.load(ordering: .relaxed))
        counter("weir_door_yields_total", doors.yields.load(ordering: .relaxed))
        counter("weir_door_stalls_total", doors.stalls.load(ordering: .relaxed))
        for outcome in LogDoor.Outcome.allCases {
            counter("weir_log_lines_total", doors.lines[outcome], [("result", outcome.name)])
        }
        counter("weir_usage_reports_total", doors.reports.load(ordering: .relaxed))
    }

    private func publishUsage() {
        let journal = sources.journal.current
        gauge("weir_journal_sealing", journal.isSealing ? 1 : 0)
        counter("weir_journal_failures_total", journal.failures)
        counter("weir_journal_damaged_total", journal.damagedParts)
        counter("weir_journal_torn_bytes_total", journal.tornBytes)
        gauge("weir_journal_foreign_files", Int(clamping: journal.foreignFiles))
        counter("weir_journal_quarantined_total", journal.quarantinedFiles)
        counter("weir_journal_segments_given_up_total", journal.segmentsGivenUp)
        counter("weir_journal_recovered_calls_total", journal.recoveredCalls)
        let flush = sources.flush.current
        counter("weir_flush_batches_total", flush.batches)
        counter("weir_flush_cells_total", flush.cells)
        counter("weir_flush_failures_total", flush.failures)
        counter("weir_flush_quarantined_total", flush.quarantined)
        counter("weir_flush_refills_total", flush.refills)
        counter("weir_flush_clones_total", flush.clones)
        gauge("weir_flush_waiting_bytes", flush.waitingBytes)
    }

    private func gauge(_ name: String, _ value: Int, _ dimensions: [(String, String)] = []) {
        Gauge(label: name, dimensions: dimensions).record(value)
    }

    /// Counts on by what came since the last time; a value that fell began anew.
    private func counter(_ name: String, _ value: UInt64, _ dimensions: [(String, String)] = []) {
        let key = name + dimensions.map { "\u{0}\($0.0)\u{0}\($0.1)" }.joined()
        let step = last.withLock { last in
            let before = last.updateValue(value, forKey: key) ?? 0
            return value >= before ? value - before : value
        }
        Counter(label: name, dimensions: dimensions).increment(by: Int64(clamping: step))
    }
}
