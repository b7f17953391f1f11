import Foundation
import WeirCore

/// Usage of one contract, as an agent would report it.
struct UsageOnPaper {
    var contract: String
    var consumer: String
    var plan = "starter"
    var product = "weather"
    var incarnation: UInt64 = 1
    /// Hours since 1970.
    var hour = UInt32(Date().timeIntervalSince1970 / 3_600) - 3

    /// One total.
    func cell(
        _ outcome: Outcome, calls: UInt64, units: UInt64? = nil, bytes: UInt64 = 0, grant: String = "",
        route: String = "search"
    ) -> Cell {
        var dimensions = Dimensions()
        (dimensions.contract, dimensions.consumer, dimensions.plan) = (contract, consumer, plan)
        (dimensions.product, dimensions.route, dimensions.grant) = (product, route, grant)
        return Cell(
            key: Hash128(deriving: "\(contract) \(route) \(grant)"), dimensions: dimensions, hour: hour,
            outcome: outcome, totals: Totals(calls: calls, bytesOut: bytes, units: units ?? calls))
    }

    /// Calls of which all were reported with a status of a class.
    func reported(_ calls: UInt64, status: UInt16 = 200, units: UInt64? = nil, grant: String = "") -> [Cell] {
        [
            cell(.admitted, calls: calls, grant: grant), cell(.resolved, calls: calls, grant: grant),
            cell(.status(status), calls: calls, units: units, grant: grant),
        ]
    }

    func batch(_ cells: [Cell]) -> [UInt8] {
        let header = SegmentHeader(
            kind: .final, incarnation: Hash128(low: incarnation, high: 9), number: 1, created: 0, salt: 7)
        return RecordEncoder.segment(
            header, cells, stamp: RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0))
    }
}
