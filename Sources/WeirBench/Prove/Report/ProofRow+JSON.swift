/// A row as programs read it.
extension ProofRow: Encodable {
    private enum CodingKeys: String, CodingKey {
        case scenario, outage, agents, seed, bound, offered, answered, late, admitted, alone, central, share, over,
            declared
        case declaredReason = "declared_reason"
        case leastShare = "least_share"
        case calls
        case callsPerCheck = "calls_per_check"
        case callsPerAgentKeySecond = "calls_per_agent_key_second"
        case p50Microseconds = "p50_us"
        case p99Microseconds = "p99_us"
        case recoverySeconds = "recovery_s"
        case roundTripMicroseconds = "round_trip_us"
        case facts, failures
    }

    package func encode(to encoder: any Encoder) throws {
        var row = encoder.container(keyedBy: CodingKeys.self)
        try row.encode(scenario, forKey: .scenario)
        try row.encode(outage.rawValue, forKey: .outage)
        try row.encode(agents, forKey: .agents)
        try row.encode(seed, forKey: .seed)
        try row.encode(bound.description, forKey: .bound)
        try row.encode(offered, forKey: .offered)
        try row.encode(answered, forKey: .answered)
        try row.encode(late, forKey: .late)
        try row.encode(admitted, forKey: .admitted)
        try row.encode(alone, forKey: .alone)
        try row.encode(central, forKey: .central)
        try row.encode(share, forKey: .share)
        try row.encode(over, forKey: .over)
        try row.encode(declared, forKey: .declared)
        try row.encode(declaredReason, forKey: .declaredReason)
        try row.encode(leastShare, forKey: .leastShare)
        try row.encode(calls, forKey: .calls)
        try row.encode(callsPerCheck, forKey: .callsPerCheck)
        try row.encode(callsPerAgentKeySecond, forKey: .callsPerAgentKeySecond)
        try row.encode(p50Microseconds, forKey: .p50Microseconds)
        try row.encode(p99Microseconds, forKey: .p99Microseconds)
        try row.encodeIfPresent(recoverySeconds, forKey: .recoverySeconds)
        try row.encode(roundTripMicroseconds, forKey: .roundTripMicroseconds)
        try row.encode(facts, forKey: .facts)
        try row.encode(failures, forKey: .failures)
    }
}
