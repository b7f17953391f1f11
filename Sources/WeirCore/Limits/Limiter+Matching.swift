/// Which limits apply to a request.
extension Limiter {
    /// Puts the limits that apply to the request in `matches`: they match, are not lifted, and no other replaces them.
    ///
    /// - Returns: whether a limit was lifted.
    mutating func collect(_ request: RawSpan, _ units: UInt64, wall: Int64) -> Bool {
        matchCount = 0
        var scan = MatchScan()
        collect(policy.tables.value.own, request, units, wall: wall, &scan)
        if facts.plan >= 0 { collect(policy.tables.value.plans[Int(facts.plan)], request, units, wall: wall, &scan) }
        if scan.isReplacing { dropReplaced() }
        return scan.isExempt
    }

    /// What became clear while limits were collected.
    private struct MatchScan {
        var isExempt = false
        var isReplacing = false
    }

    /// Collects the limits of a plan, or of the agent's own policy. Each one's exemptions lift its own limits alone.
    @inline(__always)
    private mutating func collect(
        _ part: CompiledPlan, _ request: RawSpan, _ units: UInt64, wall: Int64, _ scan: inout MatchScan
    ) {
        let (isLifting, areAllLifted) =
            part.exemptions.isEmpty ? (false, false) : collectLifted(part.exemptions.range, request)
        for index in part.limits.range {
            let isPlain = policy.tables.value.limits[index].isPlain
            if !isPlain {
                let spans = Int(policy.tables.value.limits[index].spans)
                if spans >= 0, !calendar.isOpen(spans, at: wall) { continue }
                guard policy.holds(policy.tables.value.limits[index].conditions, &facts, request) else { continue }
            }
            let (identity, by) = (policy.tables.value.limits[index].identity, policy.tables.value.limits[index].keys)
            guard var key = policy.key(identity, by, &facts, request) else { continue }
            if areAllLifted || isLifting && lifted[index / 64] & 1 << UInt64(index % 64) != 0 {
                scan.isExempt = true
                continue
            }
            var (isEnforced, tokens) = (true, Int64(bitPattern: units))
            if !isPlain {
                isEnforced = Self.isEnforced(key, percent: policy.tables.value.limits[index].enforcedPercent)
                if isEnforced, policy.tables.value.limits[index].replaces >= 0 {
                    collectReplaced(Int(policy.tables.value.limits[index].replaces), isFirst: !scan.isReplacing)
                    scan.isReplacing = true
                }
                key = keyInWindow(key, index, wall: wall)
                tokens =
                    policy.tables.value.limits[index].isSlots
                    ? 1 : policy.tokens(index, cost: units, &facts, request)
            }
            matches[matchCount] = Match(limit: index, key: key, tokens: tokens, isEnforced: isEnforced)
            if !isPlain { matches[matchCount].isReported = policy.tables.value.limits[index].measure.isReported }
            matchCount &+= 1
        }
    }

    private mutating func collectReplaced(_ mask: Int, isFirst: Bool) {
        for word in 0..<policy.maskWords {
            let limits = policy.tables.value.masks[mask * policy.maskWords + word]
            replaced[word] = isFirst ? limits : replaced[word] | limits
        }
    }

    private mutating func collectLifted(
        _ exemptions: Range<Int>, _ request: RawSpan
    ) -> (isLifting: Bool, areAllLifted: Bool) {
        var isLifting = false
        for word in 0..<policy.maskWords { lifted[word] = 0 }
        for index in exemptions {
            let exemption = policy.tables.value.exemptions[index]
            guard policy.holds(exemption.conditions, &facts, request) else { continue }
            if exemption.limits < 0 { return (true, true) }
            isLifting = true
            for word in 0..<policy.maskWords {
                lifted[word] |= policy.tables.value.masks[Int(exemption.limits) * policy.maskWords + word]
            }
        }
        return (isLifting, false)
    }

    private mutating func dropReplaced() {
        var kept = 0
        for index in 0..<matchCount {
            let limit = matches[index].limit
            if replaced[limit / 64] & 1 << UInt64(limit % 64) != 0 { continue }
            matches[kept] = matches[index]
            kept += 1
        }
        matchCount = kept
    }
}
