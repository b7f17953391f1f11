/// What admissions, merged over all agents, are held against: the model's `judge.py`.
enum Envelope {
    /// By how many tokens some interval of length d holds more than `burst + rate × d`; negative when none does. O(n).
    static func worstExcess(_ admitted: [(time: Double, tokens: Int64)], burst: Double, rate: Double) -> Double {
        var (worst, low, sum) = (-Double.infinity, Double.infinity, 0.0)
        for (time, tokens) in admitted.sorted(by: { $0.time < $1.time }) {
            low = min(low, sum - rate * time)
            sum += Double(tokens)
            worst = max(worst, sum - rate * time - low - burst)
        }
        return worst
    }

    /// Tokens that one central bucket would have admitted of these arrivals.
    static func central(_ arrivals: [(time: Double, tokens: Int64)], burst: Double, rate: Double) -> Double {
        var (level, at, taken) = (burst, 0.0, 0.0)
        for (time, tokens) in arrivals.sorted(by: { $0.time < $1.time }) {
            level = min(burst, level + rate * (time - at))
            at = time
            guard level >= Double(tokens) else { continue }
            level -= Double(tokens)
            taken += Double(tokens)
        }
        return taken
    }
}
