/// How often a subscription renews, and by which calendar: a declaration. `PeriodClock` turns it into instants.
package struct Period: Hashable, Sendable {
    package let count: Int
    package let unit: PeriodUnit
    package let anchor: PeriodAnchor
    /// The name of a time zone; whether there is one, calendars know.
    package let zone: String

    package init(every count: Int = 1, _ unit: PeriodUnit, from anchor: PeriodAnchor = .signup, in zone: String = "UTC")
        throws(BillingError)
    {
        guard (1...unit.most).contains(count) else {
            throw BillingError(
                "period", expected: "1 to \(unit.most) \(unit.rawValue)s", found: "\(count)",
                advice: "use a larger unit")
        }
        guard anchor.fits(unit) else {
            throw BillingError(
                "period.from", expected: unit.anchors, found: "\"\(anchor)\"",
                advice: "leave it out to begin at the signup")
        }
        self.count = count
        self.unit = unit
        self.anchor = anchor
        self.zone = zone
    }
}

extension Period: CustomStringConvertible {
    /// `month from 1 in Asia/Shanghai`.
    package var description: String { "\(length) from \(anchor) in \(zone)" }

    /// `month`, `2 weeks`.
    package var length: String { count == 1 ? unit.rawValue : "\(count) \(unit.rawValue)s" }
}
