/// Which of a consumer's subscriptions pays, where several serve his key at the product.
extension Limiter {
    /// Subscriptions that one check looks at.
    private static var mostPayers: Int { 8 }

    /// Turns to the first subscription that is not used up, in the order in which they pay; stays with the first where all are. What it
    /// is drawn for is found then, and the rules of its plan are those that decide.
    ///
    /// - Parameter isReserve: as of `secureCredit`.
    mutating func turnToPayer(_ request: RawSpan, _ units: UInt64, isReserve: Bool, now: Instant) {
        var rank = 0
        while true {
            credit = CreditMatch()
            secureCredit(request, units, isReserve: isReserve, now: now)
            guard credit.tenure == .used else { return }
            rank &+= 1
            guard facts.hasNextPayer, rank < Self.mostPayers, identify(request, rank: rank, now: now) == .ok else {
                break
            }
        }
        _ = identify(request, now: now)
    }
}
