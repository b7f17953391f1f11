/// How an agent leases: how long, how far ahead, how often. Microseconds of its own clock, which never goes back.
package struct LeasePace: Equatable, Sendable {
    /// That a lease of a rate lives.
    package var life: Int64 = 1_000_000
    /// Of demand that an agent likes to hold, where the store answers soon.
    package var horizon: Int64 = 50_000
    /// Between two calls for one key that no check waits for.
    package var period: Int64 = 20_000
    /// From a call to its answer, as measured; a lease is refilled so much before it runs dry, twice over.
    package var roundTrip: Int64 = 1_000
    /// For which what was spent, or is not wanted any more, may go untold.
    package var report: Int64 = 100_000
    /// Without an answer, after which a call is sent again, unchanged.
    package var patience: Int64 = 100_000
    /// Per cent by which clocks may differ: a holder stops so much earlier than the store.
    package var driftPercent: Int64 = 10
    /// Per cent of the amount that may be out for checks to come.
    package var sharePercent: Int64 = 50

    package init() {}

    /// As keys of this kind are leased: a window's tokens make nothing anew, so they are held longer and told of less often.
    package static func of(_ kind: LeaseAsk.Kind, roundTrip: Int64) -> LeasePace {
        var pace = LeasePace()
        pace.roundTrip = roundTrip
        if kind == .window { (pace.life, pace.horizon, pace.report) = (10_000_000, 200_000, 1_000_000) }
        return pace
    }

    /// How long before a lease runs dry it is refilled: two round trips, and a look of the exchange's.
    var notice: Int64 { 2 &* roundTrip &+ 5_000 }

    /// Of demand that an agent likes to hold: more than it spends until it hears of the next, however slow the store is.
    var reach: Int64 { max(horizon, min(life / 2, 2 &* notice)) }

    /// A span of the store's clock by this agent's: as short as it can be.
    func shortest(_ span: Int64) -> Int64 { span / 100 &* (100 &- driftPercent) }
}
