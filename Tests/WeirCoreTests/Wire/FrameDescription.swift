import WeirCore

/// What a reader finds in a frame, in the words of `protocol/vectors/frames.txt`.
func describe(_ frame: [UInt8], names: [String]) -> String {
    do throws(WireError) {
        return try frame.withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes), header.length <= bytes.byteCount else {
                return "incomplete"
            }
            return try describe(bytes.extracting(0..<header.length), header, AttributeNames(names), names)
        }
    } catch {
        let code = "\(error.code)".reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
        return "error \(code) field=\(escaped(error.field)) offset=\(error.offset)"
    }
}

private func describe(
    _ frame: RawSpan, _ header: FrameHeader, _ names: borrowing AttributeNames, _ custom: [String]
) throws(WireError) -> String {
    switch header.operation {
    case .hello:
        let hello = try Hello(reading: frame)
        return
            "hello id=\(header.id) version=\(hello.version) features=\(hello.features) client=\(escaped(hello.client))"
    case .helloAnswer:
        let answer = try HelloAnswer(reading: frame)
        return "hello-answer id=\(header.id) version=\(answer.version) attributes=\(answer.maximumAttributes)"
            + " features=\(answer.features) frame=\(answer.maximumFrameBytes) inflight=\(answer.maximumInFlight)"
            + " incarnation=\(answer.incarnation.hex) agent=\(escaped(answer.agent))"
    case .check:
        var attributes = Attributes()
        let check = try CheckRequest(reading: frame, header: header, names: names, into: &attributes)
        var text = "check id=\(header.id) cost=\(check.cost) flags=\(header.flags)"
        for (index, name) in (AttributeSlot.wellKnownNames + custom).enumerated() {
            guard let range = attributes[AttributeSlot(index + 1)] else { continue }
            text += " \(name)=\(escaped(frame.extracting(range.range).array))"
        }
        return text
    case .checkAnswer:
        let answer = try CheckAnswer(reading: frame, header: header)
        let retry =
            answer.retryAfterMicroseconds == CheckAnswer.never ? "never" : "\(answer.retryAfterMicroseconds)"
        return "check-answer id=\(header.id) decision=\(answer.verdict.name) reason=\(answer.reason.name)"
            + " status=\(answer.status) state=\(answer.state.name) limit=\(answer.limit)"
            + " remaining=\(answer.remaining) window=\(answer.windowSeconds) reset=\(answer.resetMicroseconds)"
            + " retry=\(retry) ticket=\(describe(answer.ticket)) rule=\(answer.rule) consumer=\(answer.consumer)"
    case .report:
        var text = "report id=\(header.id) flags=\(header.flags)"
        for index in 0..<(try Report.count(in: frame)) {
            let report = try Report(reading: frame, index: index)
            text += " ticket=\(describe(report.ticket)) status=\(report.status)"
            text += " in=\(report.bytesIn) out=\(report.bytesOut)"
            if let cost = report.cost { text += " cost=\(cost)" }
        }
        return text
    case .reportAnswer:
        let answer = try ReportAnswer(reading: frame)
        return "report-answer id=\(header.id) accepted=\(answer.accepted) repeated=\(answer.repeated)"
            + " late=\(answer.late) unknown=\(answer.unknown)"
    case .release:
        return (0..<(try Release.count(in: frame))).reduce("release id=\(header.id)") { text, index in
            let ticket = Ticket(reading: frame, at: Release.fixedBytes + index * Ticket.byteCount)
            return text + " ticket=\(describe(ticket))"
        }
    case .releaseAnswer:
        return "release-answer id=\(header.id) released=\(frame.uint16(16)) unknown=\(frame.uint16(18))"
    case .ping: return "ping id=\(header.id)"
    case .pingAnswer: return "ping-answer id=\(header.id)"
    case .goaway:
        let goaway = try Goaway(reading: frame)
        return "goaway reason=\(goaway.reason) grace=\(goaway.graceMilliseconds)"
    case .error:
        let error = try ErrorFrame(reading: frame)
        return "error-frame id=\(header.id) code=\(error.code) offset=\(error.offset) message=\(escaped(error.message))"
    }
}

private func describe(_ ticket: Ticket) -> String {
    guard !ticket.isNone else { return "-" }
    return bytes(capacity: Ticket.byteCount) { ticket.write(to: &$0) }
        .map { byte in byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16) }.joined()
}

private func escaped(_ text: String) -> String { escaped(Array(text.utf8)) }

private func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        if byte > 0x20, byte < 0x7f, byte != 0x25 { return String(UnicodeScalar(byte)) }
        return byte < 16 ? "%0" + String(byte, radix: 16) : "%" + String(byte, radix: 16)
    }.joined()
}
