/// Whether a period can be invoiced: when no agent changes anything before its end any more, or when the time to wait for them is over.
package enum PeriodClosing {
    /// Seconds after which one that says nothing may be gone.
    private static let shortestSilence: Int64 = 7_200

    /// One run of an agent, and what it has said: nothing before the watermark changes any more.
    package struct Agent: Hashable, Sendable {
        package let name: String
        package let incarnation: String
        /// Seconds since 1970; nil where it has said nothing yet.
        package let watermark: Int64?
        /// When it was heard of last; nil to wait for it whenever that was.
        package let heard: Int64?

        package init(name: String, incarnation: String, watermark: Int64?, heard: Int64? = nil) {
            self.name = name
            self.incarnation = incarnation
            self.watermark = watermark
            self.heard = heard
        }
    }

    package enum Decision: Hashable, Sendable {
        /// The period runs, or agents are behind: those, in the order of their names.
        case open(waitingFor: [Agent], until: Int64)
        /// What these agents still have will be an adjustment of a later invoice, which names its service period.
        case closed(missing: [Agent])
    }

    /// - Parameters:
    ///   - end: the first second after the period.
    ///   - start: where the period begins: an incarnation that was not heard of since has no part in it.
    ///   - grace: seconds behind the end at which nobody is waited for any more.
    ///   - agents: every incarnation that was heard of and is not known to be done for ever. One that has been silent for the grace, or
    ///     for two hours where that is longer, is not waited for: those that live say something every hour.
    package static func decide(
        start: Int64 = .min, end: Int64, grace: Int64, agents: [Agent], at now: Int64
    ) -> Decision {
        let behind = agents.filter { $0.watermark ?? .min < end && $0.heard ?? .max >= start }
            .sorted { ($0.name, $0.incarnation) < ($1.name, $1.incarnation) }
        let silent = now.subtractingReportingOverflow(max(shortestSilence, grace))
        let isWaiting = behind.contains { $0.heard ?? .max > (silent.overflow ? .min : silent.partialValue) }
        let (limit, overflow) = end.addingReportingOverflow(max(0, grace))
        let until = overflow ? .max : limit
        if now < end { return .open(waitingFor: behind, until: until) }
        if !isWaiting || now >= until { return .closed(missing: behind) }
        return .open(waitingFor: behind, until: until)
    }
}
