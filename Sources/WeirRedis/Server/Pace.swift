/// When to try again: how long to wait after so many tries in vain.
struct Pace {
    /// Tries of one node are at least so far apart, and at most.
    static let shortestNanoseconds: UInt64 = 100_000_000
    static let longestNanoseconds: UInt64 = 2_000_000_000
    /// What an operator has to mend is tried every 5 s ± 20 %.
    static let operatorNanoseconds: UInt64 = 5_000_000_000

    /// Tries in vain since the last that was not.
    private(set) var failures = 0

    mutating func reset() { failures = 0 }

    /// Counts a failure and says how long to wait.
    ///
    /// - trouble: of the try. chance: 0..<1, so that a fleet does not try in step.
    mutating func next(after trouble: StoreTrouble, chance: Double) -> UInt64 {
        failures = min(failures + 1, 1000)
        switch trouble {
        case .operatorMustAct, .unknown:
            return UInt64(Double(Self.operatorNanoseconds) * (0.8 + 0.4 * chance))
        default:
            // 0…100 ms after the first, then 100…200, 200…400, up to 1…2 s.
            let longest = min(Self.longestNanoseconds, Self.shortestNanoseconds << UInt64(min(failures - 1, 8)))
            let least = failures == 1 ? 0 : longest / 2
            return least + UInt64(Double(longest - least) * chance)
        }
    }
}
