/// Who would pay for a request, for somebody who wonders why.
extension Limiter {
    /// The grants that a check of the request in `attributes` would find, meter by meter, in the order in which they are drawn on, and what
    /// each says. Nothing is drawn, and no demand is noted.
    ///
    /// - Returns: none where nothing is to be paid; nil where nobody has bought anything.
    package mutating func explainCredit(
        _ request: CheckRequest, in bytes: RawSpan, now: Instant
    ) -> [(credit: CreditExplanation, unit: String)]? {
        facts.derive(bytes, policy)
        guard facts.product >= 0, identify(bytes, now: now) == .ok, facts.account != KnownKey.isFree else { return [] }
        guard facts.account >= 0 else { return nil }
        let (account, units) = (Int(facts.account), weigh(request.cost))
        let grants = facts.withContract { RecordID(RecordID.subscription, String($0.text.prefix { $0 != "/" })) }
            .map { desk.value.book.grants(of: $0) }
        var found: [(CreditExplanation, String)] = []
        for part in 0..<desk.value.windows.partCount(account) {
            let measure = desk.value.windows.measure(desk.value.windows.terms(account, part: part))
            let counted = measure == .units ? units : UInt64(estimates.bytes(measure, route: facts.route))
            let isBilled = isBilled(desk.value.windows.terms(account, part: part), bytes)
            for source in desk.value.windows.sources(account, part: part) {
                let cost = desk.value.windows.cost(of: counted, source)
                var credit = desk.value.windows.explain(
                    Int(source.place), cost: cost, isEstimate: measure != .units, now: now.microseconds,
                    seconds: now.wallMicroseconds / 1_000_000)
                if !isBilled { credit.finding = .free }
                found.append((credit, grants?.first { $0.id == credit.grant }?.unit ?? ""))
            }
        }
        return found
    }

    /// Adds up what windows hold, a part of them at a time.
    ///
    /// - Returns: where to go on; nil behind the last.
    package mutating func surveyCredit(
        from start: Int, scan: Int, now: Int64, into survey: inout WindowSurvey
    ) -> Int? { desk.value.windows.survey(from: start, scan: scan, now: now, into: &survey) }
}
