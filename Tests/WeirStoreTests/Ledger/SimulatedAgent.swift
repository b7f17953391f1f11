import WeirCore
import WeirStore

/// An agent of the simulation: the real window of each grant, its cells, and what a restart finds on its disk.
struct SimulatedAgent {
    /// A check whose response is not over.
    struct OpenCheck {
        var grant: String
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

        mutating func count(_ units: Int64, _ grant: String, _ hour: UInt32, _ outcome: Outcome) {
            self.units[CellPlace(grant: grant, hour: hour, outcome: outcome), default: 0] += units
        }

        /// The cells of a grant, as they are sealed now.
        func cells(of grant: String) -> [Cell] {
            units.filter { $0.key.grant == grant }.map { place, units in
                var dimensions = Dimensions()
                (dimensions.contract, dimensions.grant) = ("sub_a/1", grant)
                return Cell(
                    key: Hash128(deriving: grant), dimensions: dimensions, hour: place.hour, outcome: place.outcome,
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
        var hour: UInt32
        var outcome: Outcome
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

    /// Asks for a check of the first grant that has room; whether it is admitted.
    ///
    /// - Parameter actual: what a report will say; nil where the cost is known at once.
    mutating func check(
        _ grants: [String], cost: Int64, actual: Int64?, hour: UInt32, now: Int64, endsAt: Int64
    ) -> Bool {
        for grant in grants {
            var window = journal.windows[grant] ?? CreditWindow()
            defer { journal.windows[grant] = window }
            guard window.admit(cost, now: clock(now)) else {
                waiting[grant] = cost
                continue
            }
            journal.count(cost, grant, hour, .admitted)
            waiting = [:]
            if let actual {
                open.append(OpenCheck(grant: grant, hour: hour, reserved: cost, actual: actual, endsAt: endsAt))
            } else {
                window.settle(reserved: cost, actual: cost)
            }
            return true
        }
        return false
    }

    /// Responses that are over by now are reported.
    mutating func report(_ now: Int64) {
        for check in open where check.endsAt <= now {
            journal.windows[check.grant]?.settle(reserved: check.reserved, actual: check.actual)
            journal.count(check.reserved, check.grant, check.hour, .resolved)
            journal.count(check.actual, check.grant, check.hour, .status(200))
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
