import WeirCore
import WeirStore

/// An agent of the simulation: the real window of each grant, its cells, and what a restart finds on its disk.
struct SimulatedAgent {
    /// A check whose response is not over.
    struct OpenCheck {
        var grant: String
        var meter: String
        var hour: UInt32
        var reserved: Int64
        var actual: Int64
        var endsAt: Int64
    }

    /// What one incarnation has counted, and whether somebody has to say that it is over.
    struct Journal {
        var incarnation: Hash128
        var units: [CellPlace: Int64] = [:]
        var windows: [String: CreditWindow] = [:]

        mutating func count(_ units: Int64, _ grant: String, _ meter: String, _ hour: UInt32, _ outcome: Outcome) {
            self.units[CellPlace(grant: grant, meter: meter, hour: hour, outcome: outcome), default: 0] += units
        }

        /// The cells of a grant, as they are sealed now.
        func cells(of grant: String) -> [Cell] {
            units.filter { $0.key.grant == grant }.map { place, units in
                var dimensions = Dimensions()
                let text = place.meter.isEmpty ? grant : "\(grant)/\(place.meter)"
                (dimensions.contract, dimensions.grant) = ("sub_a/1", text)
                return Cell(
                    key: Hash128(deriving: text), dimensions: dimensions, hour: place.hour, outcome: place.outcome,
                    totals: Totals(calls: 1, units: UInt64(units)))
            }
        }

        /// What it has really used of a grant.
        func used(of grant: String) -> Int64 {
            units.filter { $0.key.grant == grant }.reduce(0) {
                $0 + ($1.key.outcome == .resolved ? -$1.value : $1.value)
            }
        }
    }

    struct CellPlace: Hashable {
        var grant: String
        /// For which money was drawn; empty for units.
        var meter: String
        var hour: UInt32
        var outcome: Outcome
    }

    /// What one meter counts of a check, and what a report will say; nil where the cost is known at once.
    struct Draw {
        var meter: String
        var cost: Int64
        var actual: Int64?
    }

    var journal: Journal
    /// Of earlier runs, by the grants of which nobody has confirmed yet that they are over.
    var predecessors: [(journal: Journal, grants: Set<String>)] = []
    var open: [OpenCheck] = []
    /// By grant, the cost of the check that waits.
    var waiting: [String: Int64] = [:]
    /// Its clock runs by so many thousandths of the true time.
    var pace: Int64

    init(_ incarnation: Hash128, pace: Int64) {
        journal = Journal(incarnation: incarnation)
        self.pace = pace
    }

    func clock(_ now: Int64) -> Int64 { now / 1_000 * pace }

    // MARK: Checks

    /// Asks for a check, each draw of the first grant that has room, or none; whether it is admitted.
    ///
    /// - Parameter package: the grant that is of units, whose cells name no meter.
    mutating func check(
        _ grants: [String], package: String, draws: [Draw], hour: UInt32, now: Int64, endsAt: Int64
    ) -> Bool {
        var taken: [(grant: String, draw: Draw)] = []
        for draw in draws {
            guard let grant = admit(draw.cost, grants, now, besides: taken) else {
                // All of them, or none.
                for (grant, draw) in taken { journal.windows[grant]?.settle(reserved: draw.cost, actual: 0) }
                return false
            }
            taken.append((grant, draw))
        }
        waiting = [:]
        for (grant, draw) in taken {
            let meter = grant == package ? "" : draw.meter
            journal.count(draw.cost, grant, meter, hour, .admitted)
            if let actual = draw.actual {
                open.append(
                    OpenCheck(
                        grant: grant, meter: meter, hour: hour, reserved: draw.cost, actual: actual, endsAt: endsAt))
            } else {
                journal.windows[grant]?.settle(reserved: draw.cost, actual: draw.cost)
            }
        }
        return true
    }

    private mutating func admit(
        _ cost: Int64, _ grants: [String], _ now: Int64, besides taken: [(grant: String, draw: Draw)]
    ) -> String? {
        for grant in grants {
            var window = journal.windows[grant] ?? CreditWindow()
            let isAdmitted = window.admit(cost, now: clock(now))
            journal.windows[grant] = window
            if isAdmitted { return grant }
            waiting[grant] = taken.filter { $0.grant == grant }.reduce(cost) { $0 + $1.draw.cost }
        }
        return nil
    }

    /// Responses that are over by now are reported.
    mutating func report(_ now: Int64) {
        for check in open where check.endsAt <= now {
            journal.windows[check.grant]?.settle(reserved: check.reserved, actual: check.actual)
            journal.count(check.reserved, check.grant, check.meter, check.hour, .resolved)
            journal.count(check.actual, check.grant, check.meter, check.hour, .status(200))
        }
        open.removeAll { $0.endsAt <= now }
    }

    // MARK: Calls

    /// What it has to say of each grant now.
    mutating func calls(_ grants: [String], _ now: Int64) -> [(grant: String, call: WindowCall)] {
        var calls: [(String, WindowCall)] = []
        for grant in grants {
            var window = journal.windows[grant] ?? CreditWindow()
            if let call = window.call(need: waiting[grant] ?? 0, now: clock(now)) { calls.append((grant, call)) }
            journal.windows[grant] = window
        }
        return calls
    }

    /// Killed and started again: with its disk it goes on to settle what it was, without it forgets.
    mutating func restart(as incarnation: Hash128, keepsDisk: Bool) {
        if keepsDisk, !journal.windows.isEmpty {
            predecessors.append((journal, Set(journal.windows.keys)))
        } else if !keepsDisk {
            predecessors = []
        }
        journal = Journal(incarnation: incarnation)
        open = []
        waiting = [:]
    }
}
