/// The next parts of one rule of the calendar, as instants: computed ahead by an almanac, walked along by checks.
package struct Timeline: Equatable, Sendable {
    /// Parts that are known at once. Minutes are the shortest: half an hour of them, and the scribe looks each second.
    package static let maximumParts = 31

    /// Microseconds since 1970, strictly ascending, 2 to 32 of them: part i begins at i and ends at i + 1.
    package let boundaries: [Int64]
    /// Whether the first part is open; parts are open and closed in turn. Windows are open each.
    package let startsOpen: Bool

    /// - Parameter boundaries: ascending; those beyond the maximum are left out.
    package init(boundaries: [Int64], startsOpen: Bool = true) {
        precondition(boundaries.count >= 2, "a timeline of no part")
        precondition(zip(boundaries, boundaries.dropFirst()).allSatisfy { $0 < $1 }, "boundaries that do not ascend")
        self.boundaries = Array(boundaries.prefix(Self.maximumParts + 1))
        self.startsOpen = startsOpen
    }
}
