/// Which limits have denied the check that was decided last, for answers that name them all.
extension Limiter {
    /// The next limit that has denied the last check, in the order of the policy.
    ///
    /// Asked right behind `check`, whose matches are still there; only for a denial that names a limit: one by a `deny`
    /// statement has looked at none. Limits that are only counted deny nobody.
    ///
    /// - Parameter place: where to look from: 0, then what the call before gave.
    package mutating func nextViolated(from place: inout Int) -> StatementIndex? {
        while place < matchCount {
            let match = matches[place]
            place &+= 1
            guard match.isEnforced else { continue }
            switch match.tenure {
            case .held, .waits: continue
            case .refused, .never: return .limit(UInt16(match.limit))
            }
        }
        return nil
    }
}
