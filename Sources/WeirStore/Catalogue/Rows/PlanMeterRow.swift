/// A meter that a plan prices, as it was when the plan was published.
package struct PlanMeterRow: PolicyRow {
    package var id: String
    package var planID: String
    package var code: String
    package var dimension: MeterRow.Dimension
    package var filter: String
    /// The most that a unit can cost: `ceilingNano` nano-units for `ceilingPer` units.
    package var ceilingNano: Int64
    package var ceilingPer: Int64
    package var version: Int64
    /// What calls become when what is granted of it is used up: `deny`, `charge`, `limit`; empty where the plan asks nothing of it.
    package var usedUp: String

    package static let table = "plan_meter"
    package static let columns = [
        "id", "plan_id", "code", "dimension", "filter", "ceiling_nano", "ceiling_per", "version", "used_up",
    ]

    package init(
        id: String = "", planID: String, code: String, dimension: MeterRow.Dimension, filter: String,
        ceilingNano: Int64, ceilingPer: Int64, version: Int64 = 0, usedUp: String = ""
    ) {
        self.id = id
        self.planID = planID
        self.code = code
        self.dimension = dimension
        self.filter = filter
        self.ceilingNano = ceilingNano
        self.ceilingPer = ceilingPer
        self.version = version
        self.usedUp = usedUp
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        planID = try row.text()
        code = try row.text()
        dimension = try row.choice(MeterRow.Dimension.self)
        filter = try row.text()
        ceilingNano = try row.integer()
        ceilingPer = try row.integer()
        version = try row.integer()
        usedUp = try row.text()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(planID), .text(code), .text(dimension.rawValue), .text(filter), .integer(ceilingNano),
            .integer(ceilingPer), .integer(version), .text(usedUp),
        ]
    }
}
