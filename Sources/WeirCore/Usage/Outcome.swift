/// What became of a call, as far as a usage cell is concerned.
///
/// Calls = admitted. Unreported = admitted − resolved. Units = Σ of the status classes + admitted − resolved.
package struct Outcome: Hashable, Sendable, BitwiseCopyable {
    /// The number in slots, records and the collector's database.
    package let rawValue: UInt8

    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// Counted at the check, before the answer leaves: one call, the units that were reserved.
    package static let admitted = Outcome(1)
    /// Counted at the report: one call, the units that had been reserved.
    package static let resolved = Outcome(2)
    /// Counted at a report that comes after its hour was final, in the current hour.
    package static let late = Outcome(3)

    /// Counted at the report by the status's class: one call, actual units, bytes.
    package static func status(_ status: UInt16) -> Outcome { Outcome(10 + UInt8(clamping: status / 100)) }

    /// Counted at the check: one call.
    package static func denied(_ reason: Reason) -> Outcome { Outcome(100 &+ min(reason.rawValue, 99)) }

    /// Nil for a number that is no outcome.
    package init?(rawValue: UInt8) {
        switch rawValue {
        case 1...3, 11...15: break
        case 101...199 where Self.reason(rawValue) != nil: break
        default: return nil
        }
        self.rawValue = rawValue
    }

    private static func reason(_ rawValue: UInt8) -> Reason? {
        rawValue == 199 ? .other : Reason(rawValue: rawValue - 100)
    }

    /// Every outcome there is.
    package static let all: [Outcome] = (0...255).compactMap { Outcome(rawValue: UInt8($0)) }

    /// `admitted`, `resolved`, `late`, `2xx`, `denied-rate`: as in the API and the database's exports.
    package var name: String {
        switch rawValue {
        case 1: "admitted"
        case 2: "resolved"
        case 3: "late"
        case 11...15: "\(rawValue - 10)xx"
        default: "denied-\(Self.reason(rawValue)?.name ?? "other")"
        }
    }

    package init?(name: String) {
        guard let outcome = Self.all.first(where: { $0.name == name }) else { return nil }
        self = outcome
    }
}
