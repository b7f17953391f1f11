package import WeirCore

/// What clients are told of the limit that an answer names: the values of `RateLimit`, `RateLimit-Policy` and `Retry-After`, and the
/// lines of a response with them, in the form that was asked for.
///
/// The current form is draft-ietf-httpapi-ratelimit-headers-10: lists of structured fields (RFC 9651). Values of an answer that
/// names no limit are empty.
package enum RateLimitFields {
    /// The largest integer of a structured field: 15 digits.
    private static let maximumInteger: UInt64 = 999_999_999_999_999

    // MARK: Values

    /// `"name";r=4;t=12`: what is left, and the seconds until it is full again or, on a denial, until the same request can pass.
    package static func writeLimit(_ decision: Decision, rule: RawSpan, to output: inout ByteWriter) {
        guard case .limit = decision.statement else { return }
        writeName(rule, to: &output)
        output.append(";r=" as StaticString)
        output.append(decimal: min(decision.remaining, maximumInteger))
        if let wait = wait(decision) {
            output.append(";t=" as StaticString)
            output.append(decimal: min(seconds(wait), maximumInteger))
        }
    }

    /// `"name";q=5;w=60`: the quota, the seconds in which it is made anew, and its unit where that is not requests.
    package static func writePolicy(_ decision: Decision, rule: RawSpan, to output: inout ByteWriter) {
        guard case .limit = decision.statement else { return }
        writeName(rule, to: &output)
        output.append(";q=" as StaticString)
        output.append(decimal: min(decision.limit, maximumInteger))
        if decision.unit != .requests {
            output.append(";qu=\"" as StaticString)
            output.append(decision.unit.name)
            output.append("\"" as StaticString)
        }
        writeWindow(decision, to: &output)
    }

    /// The value of `Retry-After`: whole seconds, at least one, never before the request can pass; 0 for one that has passed, nil
    /// for one that never can.
    package static func retryAfter(
        _ decision: Decision, _ jitter: inout RetryJitter, by bound: RetryJitter.Bound
    ) -> UInt64? {
        guard decision.verdict == .deny else { return 0 }
        guard decision.retryAfterMicroseconds != CheckAnswer.never else { return nil }
        return max(1, seconds(jitter.lengthen(decision.retryAfterMicroseconds, by: bound)))
    }

    // MARK: Lines

    /// The lines of a response, each with CR LF before it and none behind.
    ///
    /// `RateLimit`, `RateLimit-Policy` and `Retry-After` are there in every form and every answer, if empty: servers that are set
    /// up to copy a field copy what a client has sent, or their own placeholder, where the agent sends none.
    package static func writeLines(
        _ decision: Decision, rule: RawSpan, _ style: ResponseStyle, now: Instant, _ jitter: inout RetryJitter,
        to output: inout ByteWriter
    ) {
        let form = style.headers
        output.append("\r\nRateLimit: " as StaticString)
        if form == .ietf || form == .both { writeLimit(decision, rule: rule, to: &output) }
        if form == .draft7 { writeDraft7(decision, to: &output) }
        output.append("\r\nRateLimit-Policy: " as StaticString)
        if form == .ietf || form == .both { writePolicy(decision, rule: rule, to: &output) }
        if form == .draft7 || form == .draft6 { writePlainPolicy(decision, to: &output) }
        switch form {
        case .draft6:
            writeThree(
                "\r\nRateLimit-Limit: ", "\r\nRateLimit-Remaining: ", "\r\nRateLimit-Reset: ", decision, since: nil,
                to: &output)
        case .legacy, .both, .legacyEpoch:
            writeThree(
                "\r\nX-RateLimit-Limit: ", "\r\nX-RateLimit-Remaining: ", "\r\nX-RateLimit-Reset: ", decision,
                since: form == .legacyEpoch ? UInt64(clamping: now.wallMicroseconds) : nil, to: &output)
        case .ietf, .draft7, .none: break
        }
        output.append("\r\nRetry-After: " as StaticString)
        if let seconds = retryAfter(decision, &jitter, by: style.jitter) { output.append(decimal: seconds) }
    }

    /// `limit=5, remaining=4, reset=12`.
    private static func writeDraft7(_ decision: Decision, to output: inout ByteWriter) {
        guard case .limit = decision.statement else { return }
        output.append("limit=" as StaticString)
        output.append(decimal: decision.limit)
        output.append(", remaining=" as StaticString)
        output.append(decimal: decision.remaining)
        output.append(", reset=" as StaticString)
        output.append(decimal: seconds(wait(decision) ?? decision.resetMicroseconds))
    }

    /// `5;w=60`.
    private static func writePlainPolicy(_ decision: Decision, to output: inout ByteWriter) {
        guard case .limit = decision.statement else { return }
        output.append(decimal: decision.limit)
        writeWindow(decision, to: &output)
    }

    /// A field each for the limit, what is left and the reset.
    ///
    /// - Parameter instant: microseconds since 1970 that the reset counts from; nil for seconds from now.
    private static func writeThree(
        _ limit: StaticString, _ remaining: StaticString, _ reset: StaticString, _ decision: Decision,
        since instant: UInt64?, to output: inout ByteWriter
    ) {
        let isNamed: Bool
        if case .limit = decision.statement { isNamed = true } else { isNamed = false }
        output.append(limit)
        if isNamed { output.append(decimal: decision.limit) }
        output.append(remaining)
        if isNamed { output.append(decimal: decision.remaining) }
        output.append(reset)
        guard isNamed else { return }
        let wait = wait(decision) ?? decision.resetMicroseconds
        let (sum, overflow) = (instant ?? 0).addingReportingOverflow(wait)
        output.append(decimal: seconds(overflow ? .max : sum))
    }

    // MARK: Parts

    /// Microseconds until there is more: nil when the request can never pass.
    private static func wait(_ decision: Decision) -> UInt64? {
        guard decision.verdict == .deny else { return decision.resetMicroseconds }
        return decision.retryAfterMicroseconds == CheckAnswer.never ? nil : decision.retryAfterMicroseconds
    }

    /// A window is longer than nothing, and requests at once have none.
    private static func writeWindow(_ decision: Decision, to output: inout ByteWriter) {
        guard decision.windowSeconds > 0, decision.unit != .concurrentRequests else { return }
        output.append(";w=" as StaticString)
        output.append(decimal: UInt64(decision.windowSeconds))
    }

    /// A name of the grammar needs no escapes in a string of structured fields, nor in one of JSON.
    static func writeName(_ rule: RawSpan, to output: inout ByteWriter) {
        output.append("\"" as StaticString)
        output.append(rule)
        output.append("\"" as StaticString)
    }

    /// Whole seconds, never too early.
    private static func seconds(_ microseconds: UInt64) -> UInt64 {
        microseconds / 1_000_000 + (microseconds % 1_000_000 == 0 ? 0 : 1)
    }
}
