/// One usage total with what it counts by, away from the table: as recovered, journaled and sent.
package struct Cell: Hashable, Sendable {
    /// The hash of the dimensions, under the fleet's key.
    package var key: Hash128
    package var dimensions: Dimensions
    /// Hours since 1970.
    package var hour: UInt32
    package var outcome: Outcome
    package var totals: Totals

    package init(key: Hash128, dimensions: Dimensions, hour: UInt32, outcome: Outcome, totals: Totals) {
        self.key = key
        self.dimensions = dimensions
        self.hour = hour
        self.outcome = outcome
        self.totals = totals
    }

    /// What makes it this cell within its incarnation.
    package var identity: Identity { Identity(key: key, hour: hour, outcome: outcome) }

    /// A cell's place among those of one incarnation.
    package struct Identity: Hashable, Sendable {
        package var key: Hash128
        package var hour: UInt32
        package var outcome: Outcome

        package init(key: Hash128, hour: UInt32, outcome: Outcome) {
            self.key = key
            self.hour = hour
            self.outcome = outcome
        }
    }
}
