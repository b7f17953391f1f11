import WeirCore

/// Writes answers of the HTTP door: every advertised header, always, so that no server passes a placeholder or a
/// client's copy on.
enum HTTPAnswer {
    /// Bytes that must be free in the output before a request is answered: no answer is longer.
    static let room = 2_048

    /// An answer to a check.
    ///
    /// - Parameter problem: room for the body, which is written before its length is.
    static func write(
        _ decision: Decision, rule: RawSpan, dialect: HTTPDialect, isPersistent: Bool, isVersion10: Bool,
        problem: inout FixedArray<UInt8>, to output: inout ByteWriter
    ) {
        let isDenied = decision.verdict == .deny
        let body = isDenied ? writeProblem(decision, rule, to: &problem) : 0
        let status = shownStatus(decision, dialect)
        writeStatusLine(status, to: &output)
        let bodyBytes = dialect.showsStatus ? body : 0
        output.append("Content-Length: " as StaticString)
        output.append(decimal: UInt64(bodyBytes))
        writeConnection(isPersistent: isPersistent, isVersion10: isVersion10, to: &output)
        if isDenied { writeDenialFields(status, hasBody: bodyBytes > 0, to: &output) }
        writeWeirFields(decision, rule, to: &output)
        writeRateLimit(decision, rule, to: &output)
        if dialect == .nginx {
            output.append("\r\nWeir-Body: " as StaticString)
            problem.withBytes(0..<body) { output.append($0) }
        }
        output.append("\r\n\r\n" as StaticString)
        if bodyBytes > 0 { problem.withBytes(0..<body) { output.append($0) } }
    }

    /// An answer to a request that is no check.
    static func writeRefusal(_ status: UInt16, expected: String, isPersistent: Bool, to output: inout ByteWriter) {
        writeStatusLine(status, to: &output)
        let length = expected.isEmpty ? 0 : expected.utf8.count + 10
        output.append("Content-Length: " as StaticString)
        output.append(decimal: UInt64(length))
        writeConnection(isPersistent: isPersistent, isVersion10: false, to: &output)
        if length > 0 { output.append("\r\nContent-Type: text/plain" as StaticString) }
        output.append("\r\n\r\n" as StaticString)
        if length > 0 {
            output.append("expected " as StaticString)
            output.append(expected)
            output.append("\n" as StaticString)
        }
    }

    /// nginx takes 2xx, 401 and 403; anything else it makes a 500.
    private static func shownStatus(_ decision: Decision, _ dialect: HTTPDialect) -> UInt16 {
        guard decision.verdict == .deny else { return 200 }
        return dialect.showsStatus || decision.status == 401 ? decision.status : 403
    }

    private static func writeStatusLine(_ status: UInt16, to output: inout ByteWriter) {
        output.append("HTTP/1.1 " as StaticString)
        output.append(decimal: UInt64(status))
        output.append(" " as StaticString)
        output.append(phrase(status))
        output.append("\r\n" as StaticString)
    }

    private static func writeConnection(isPersistent: Bool, isVersion10: Bool, to output: inout ByteWriter) {
        if !isPersistent {
            output.append("\r\nConnection: close" as StaticString)
        } else if isVersion10 {
            output.append("\r\nConnection: keep-alive" as StaticString)
        }
    }

    private static func writeDenialFields(_ status: UInt16, hasBody: Bool, to output: inout ByteWriter) {
        output.append("\r\nCache-Control: no-store" as StaticString)
        if hasBody { output.append("\r\nContent-Type: application/problem+json" as StaticString) }
        if status == 401 { output.append("\r\nWWW-Authenticate: Bearer realm=\"api\"" as StaticString) }
    }

    private static func writeWeirFields(_ decision: Decision, _ rule: RawSpan, to output: inout ByteWriter) {
        output.append("\r\nWeir-Decision: " as StaticString)
        output.append(decision.verdict.name)
        output.append("\r\nWeir-Reason: " as StaticString)
        output.append(decision.reason.name)
        output.append("\r\nWeir-Rule: " as StaticString)
        if rule.byteCount > 0 { output.append(rule) } else { output.append("-" as StaticString) }
        output.append("\r\nWeir-Remaining: " as StaticString)
        output.append(decimal: decision.remaining)
        output.append("\r\nWeir-Ticket: " as StaticString)
        decision.ticket.writeText(to: &output)
        output.append("\r\nWeir-Status: " as StaticString)
        output.append(decimal: UInt64(decision.status))
    }

    /// `RateLimit`, `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) and `Retry-After`. Without a limit the
    /// lists are empty, which servers leave out of their own responses.
    private static func writeRateLimit(_ decision: Decision, _ rule: RawSpan, to output: inout ByteWriter) {
        let isAllowed = decision.verdict == .allow
        output.append("\r\nRateLimit: " as StaticString)
        writeRateLimitItem(decision, rule, to: &output)
        output.append("\r\nRateLimit-Policy: " as StaticString)
        writePolicyItem(decision, rule, to: &output)
        output.append("\r\nRetry-After: " as StaticString)
        if isAllowed {
            output.append("0" as StaticString)
        } else if decision.retryAfterMicroseconds != CheckAnswer.never {
            output.append(decimal: max(1, seconds(decision.retryAfterMicroseconds)))
        }
    }

    /// The item of `RateLimit`; nothing without a limit.
    static func writeRateLimitItem(_ decision: Decision, _ rule: RawSpan, to output: inout ByteWriter) {
        guard case .limit = decision.statement else { return }
        let wait = decision.verdict == .allow ? decision.resetMicroseconds : decision.retryAfterMicroseconds
        writeName(rule, to: &output)
        output.append(";r=" as StaticString)
        output.append(decimal: decision.remaining)
        if wait != CheckAnswer.never {
            output.append(";t=" as StaticString)
            output.append(decimal: seconds(wait))
        }
    }

    /// The item of `RateLimit-Policy`; nothing without a limit.
    static func writePolicyItem(_ decision: Decision, _ rule: RawSpan, to output: inout ByteWriter) {
        guard case .limit = decision.statement else { return }
        writeName(rule, to: &output)
        output.append(";q=" as StaticString)
        output.append(decimal: decision.limit)
        output.append(";w=" as StaticString)
        output.append(decimal: UInt64(decision.windowSeconds))
    }

    /// A name of the grammar needs no escapes in a string of structured fields.
    private static func writeName(_ rule: RawSpan, to output: inout ByteWriter) {
        output.append("\"" as StaticString)
        output.append(rule)
        output.append("\"" as StaticString)
    }

    /// Whole seconds, never too early.
    static func seconds(_ microseconds: UInt64) -> UInt64 {
        microseconds / 1_000_000 + (microseconds % 1_000_000 == 0 ? 0 : 1)
    }

    /// One line of `application/problem+json` (RFC 9457) with the types that the draft registers; returns its length.
    static func writeProblem(_ decision: Decision, _ rule: RawSpan, to room: inout FixedArray<UInt8>) -> Int {
        room.withMutableBytes { buffer in
            var writer = ByteWriter(buffer)
            switch decision.reason {
            case .rate, .quota, .concurrency, .tooLarge:
                writer.append(
                    """
                    {"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",\
                    "title":"Request cannot be satisfied as assigned quota has been exceeded"
                    """ as StaticString)
            case .overload:
                writer.append(
                    """
                    {"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",\
                    "title":"Request cannot be satisfied due to temporary server capacity constraints"
                    """ as StaticString)
            default:
                writer.append("{\"type\":\"about:blank\",\"title\":\"" as StaticString)
                writer.append(phrase(decision.status))
                writer.append("\"" as StaticString)
            }
            writer.append(",\"status\":" as StaticString)
            writer.append(decimal: UInt64(decision.status))
            writer.append(",\"reason\":\"" as StaticString)
            writer.append(decision.reason.name)
            writer.append("\"" as StaticString)
            if case .limit = decision.statement {
                writer.append(",\"violated-policies\":[" as StaticString)
                writeName(rule, to: &writer)
                writer.append("]" as StaticString)
            }
            writer.append("}" as StaticString)
            return writer.count
        }
    }

    private static func phrase(_ status: UInt16) -> StaticString {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Denied"
        }
    }
}
