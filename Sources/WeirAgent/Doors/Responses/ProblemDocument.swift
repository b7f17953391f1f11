import WeirCore

/// The body of a denial: one line of `application/problem+json` (RFC 9457), with the types that
/// draft-ietf-httpapi-ratelimit-headers registers.
enum ProblemDocument {
    /// Bytes of the longest, and some.
    static let room = 1_024
    /// Limits that are named at most: the one that the answer names, then others that deny the request too.
    private static let maximumNames = 8

    /// Writes the body of a denial that the limiter has just decided.
    ///
    /// - Returns: its length.
    static func write(_ decision: Decision, _ limiter: inout Limiter, to room: inout FixedArray<UInt8>) -> Int {
        room.withMutableBytes { buffer in
            var writer = ByteWriter(buffer)
            writer.append(type(of: decision.reason))
            if isPlain(decision.reason) {
                writer.append(StatusPhrase.of(decision.status))
                writer.append("\"" as StaticString)
            }
            writer.append(",\"status\":" as StaticString)
            writer.append(decimal: UInt64(decision.status))
            writer.append(",\"reason\":\"" as StaticString)
            writer.append(decision.reason.name)
            writer.append("\"" as StaticString)
            if case .limit = decision.statement { writeNames(decision.statement, &limiter, to: &writer) }
            writer.append("}" as StaticString)
            return writer.count
        }
    }

    private static func writeNames(_ named: StatementIndex, _ limiter: inout Limiter, to writer: inout ByteWriter) {
        writer.append(",\"violated-policies\":[" as StaticString)
        limiter.withName(of: named) { RateLimitFields.writeName($0, to: &writer) }
        var (place, count) = (0, 1)
        while count < maximumNames, let other = limiter.nextViolated(from: &place) {
            if other == named { continue }
            writer.append("," as StaticString)
            limiter.withName(of: other) { RateLimitFields.writeName($0, to: &writer) }
            count += 1
        }
        writer.append("]" as StaticString)
    }

    /// Whether there is no registered type, so that the title is the status's own.
    private static func isPlain(_ reason: Reason) -> Bool {
        switch reason {
        case .rate, .quota, .balance, .concurrency, .tooLarge, .overload, .noPolicy: false
        default: true
        }
    }

    private static func type(of reason: Reason) -> StaticString {
        switch reason {
        case .rate, .quota, .balance, .concurrency, .tooLarge:
            """
            {"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",\
            "title":"Request cannot be satisfied as assigned quota has been exceeded"
            """
        case .overload, .noPolicy:
            """
            {"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",\
            "title":"Request cannot be satisfied due to temporary server capacity constraints"
            """
        default: "{\"type\":\"about:blank\",\"title\":\""
        }
    }
}
