import WeirCore

/// Writes answers of the HTTP door: every advertised header, always, so that no server passes a placeholder or a
/// client's copy on.
enum HTTPAnswer {
    /// Bytes that must be free in the output before a request is answered: no answer is longer.
    static let room = 3_072

    /// What an answer has to know of the request and its listener.
    struct Manner {
        var dialect: HTTPDialect
        /// Where `/accel` names the location that goes on; in the request.
        var location = 0..<0
        var isPersistent: Bool
        var isVersion10: Bool
        /// Whether the request was a HEAD: a body would be taken for the next answer.
        var isHead: Bool
        var style: ResponseStyle
        var now: Instant
    }

    /// An answer to a check.
    ///
    /// - Parameters:
    ///   - request: the bytes that `location` points into.
    ///   - problem: the body of a denial; empty when it is allowed.
    static func write(
        _ decision: Decision, rule: RawSpan, _ manner: Manner, request: RawSpan, problem: RawSpan,
        jitter: inout RetryJitter, to output: inout ByteWriter
    ) {
        let isDenied = decision.verdict == .deny
        let status = shownStatus(decision, manner.dialect)
        writeStatusLine(status, to: &output)
        let bodyBytes = manner.dialect.showsStatus ? problem.byteCount : 0
        output.append("Content-Length: " as StaticString)
        output.append(decimal: UInt64(bodyBytes))
        writeConnection(isPersistent: manner.isPersistent, isVersion10: manner.isVersion10, to: &output)
        if isDenied { writeDenialFields(status, decision.reason, hasBody: bodyBytes > 0, to: &output) }
        if manner.dialect == .accel, !isDenied { writeLocation(request.extracting(manner.location), to: &output) }
        writeWeirFields(decision, rule, to: &output)
        RateLimitFields.writeLines(decision, rule: rule, manner.style, now: manner.now, &jitter, to: &output)
        if manner.dialect == .nginx {
            output.append("\r\nWeir-Body: " as StaticString)
            output.append(problem)
        }
        output.append("\r\n\r\n" as StaticString)
        if bodyBytes > 0, !manner.isHead { output.append(problem) }
    }

    /// An answer with a document in it: to a report or a release.
    static func writeDocument(
        _ status: UInt16, _ kind: StaticString, _ document: RawSpan, isPersistent: Bool, isVersion10: Bool,
        to output: inout ByteWriter
    ) {
        writeStatusLine(status, to: &output)
        output.append("Content-Length: " as StaticString)
        output.append(decimal: UInt64(document.byteCount))
        writeConnection(isPersistent: isPersistent, isVersion10: isVersion10, to: &output)
        output.append("\r\nCache-Control: no-store\r\nContent-Type: " as StaticString)
        output.append(kind)
        output.append("\r\n\r\n" as StaticString)
        output.append(document)
    }

    /// An answer to a request that is no check.
    ///
    /// - Parameter isHead: whether the request was a HEAD, which has no body.
    static func writeRefusal(
        _ status: UInt16, expected: String, isPersistent: Bool, isVersion10: Bool = false, isHead: Bool = false,
        to output: inout ByteWriter
    ) {
        writeStatusLine(status, to: &output)
        let length = expected.isEmpty ? 0 : expected.utf8.count + 10
        output.append("Content-Length: " as StaticString)
        output.append(decimal: UInt64(length))
        writeConnection(isPersistent: isPersistent, isVersion10: isVersion10, to: &output)
        output.append("\r\nCache-Control: no-store" as StaticString)
        if status == 405 { output.append("\r\nAllow: POST" as StaticString) }
        if length > 0 { output.append("\r\nContent-Type: text/plain" as StaticString) }
        output.append("\r\n\r\n" as StaticString)
        if length > 0, !isHead {
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
        output.append(StatusPhrase.of(status))
        output.append("\r\n" as StaticString)
    }

    private static func writeConnection(isPersistent: Bool, isVersion10: Bool, to output: inout ByteWriter) {
        if !isPersistent {
            output.append("\r\nConnection: close" as StaticString)
        } else if isVersion10 {
            output.append("\r\nConnection: keep-alive" as StaticString)
        }
    }

    private static func writeDenialFields(
        _ status: UInt16, _ reason: Reason, hasBody: Bool, to output: inout ByteWriter
    ) {
        output.append("\r\nCache-Control: no-store" as StaticString)
        if hasBody { output.append("\r\nContent-Type: application/problem+json" as StaticString) }
        guard status == 401 else { return }
        output.append("\r\nWWW-Authenticate: " as StaticString)
        AuthenticateField.write(reason, to: &output)
    }

    /// Where nginx goes on: always a named location, which no request can reach by its path.
    private static func writeLocation(_ name: RawSpan, to output: inout ByteWriter) {
        output.append("\r\nX-Accel-Redirect: @" as StaticString)
        if name.byteCount > 0 { output.append(name) } else { output.append("app" as StaticString) }
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
}
