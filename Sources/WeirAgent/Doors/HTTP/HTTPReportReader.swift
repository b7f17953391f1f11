import WeirCore

/// Reads the body of a report or a release in place: one JSON object, or an array of 1 to 64, with the fields that are known.
///
/// A reader of these bodies and no other, so that nothing is allocated and every refusal names its field. It goes over a body
/// entry by entry; whoever counts goes over it twice, as a body is right or refused.
struct HTTPReportReader {
    private let call: HTTPCall
    private var offset = 0
    private var entry = 0
    private var isArray = false
    private var isOver = false

    init(_ call: HTTPCall) { self.call = call }

    /// The next entry; nil at the end of the body. A release has a ticket and nothing else.
    mutating func next(_ body: RawSpan) throws(HTTPReportProblem) -> Report? {
        if isOver { return nil }
        if entry == 0 {
            skipSpace(body)
            if peek(body) == UInt8(ascii: "[") {
                isArray = true
                offset &+= 1
            }
        } else {
            guard isArray, try goOn(body) else {
                try end(body)
                return nil
            }
        }
        guard entry < WireLimits.maximumReports else {
            entry = 0
            throw problem("the array", "1 to 64 entries")
        }
        skipSpace(body)
        entry &+= 1
        return try readEntry(body)
    }

    // MARK: The body

    /// What stands between entries: false at the end of the array.
    private mutating func goOn(_ body: RawSpan) throws(HTTPReportProblem) -> Bool {
        skipSpace(body)
        let byte = peek(body)
        offset &+= 1
        if byte == UInt8(ascii: "]") { return false }
        guard byte == UInt8(ascii: ",") else { throw problem("the array", "a comma, or ] at its end") }
        return true
    }

    private mutating func end(_ body: RawSpan) throws(HTTPReportProblem) {
        skipSpace(body)
        entry = 0
        guard offset == body.byteCount else { throw problem("the body", "one JSON object, or an array of them") }
        isOver = true
    }

    private struct Fields {
        var ticket: Ticket?
        var status: UInt64?
        var bytesIn: UInt64?
        var bytesOut: UInt64?
        var cost: UInt64?
    }

    private mutating func readEntry(_ body: RawSpan) throws(HTTPReportProblem) -> Report {
        guard peek(body) == UInt8(ascii: "{") else {
            if isArray, entry > 1 || peek(body) != UInt8(ascii: "]") { throw problem("the entry", "a JSON object") }
            entry = 0
            throw isArray
                ? problem("the array", "1 to 64 entries") : problem("the body", "a JSON object, or an array of 1 to 64")
        }
        offset &+= 1
        var fields = Fields()
        skipSpace(body)
        if peek(body) == UInt8(ascii: "}") {
            offset &+= 1
        } else {
            repeat { try readField(body, &fields) } while try hasAnother(body)
        }
        guard let ticket = fields.ticket else { throw problem("ticket", "one, the Weir-Ticket of the check's answer") }
        if call == .release { return Report(ticket: ticket, status: 0) }
        guard let status = fields.status else { throw problem("status", "one, a whole number from 100 to 599") }
        guard (100...599).contains(status) else { throw problem("status", "a whole number from 100 to 599") }
        return Report(
            ticket: ticket, status: UInt16(status), bytesIn: fields.bytesIn ?? 0, bytesOut: fields.bytesOut ?? 0,
            cost: fields.cost)
    }

    /// What stands between fields: false at the end of the entry.
    private mutating func hasAnother(_ body: RawSpan) throws(HTTPReportProblem) -> Bool {
        skipSpace(body)
        let byte = peek(body)
        offset &+= 1
        if byte == UInt8(ascii: "}") { return false }
        guard byte == UInt8(ascii: ",") else { throw problem("the object", "a comma, or } at its end") }
        return true
    }

    private mutating func readField(_ body: RawSpan, _ fields: inout Fields) throws(HTTPReportProblem) {
        skipSpace(body)
        let name = try readString(body, "the object", "a field's name in quotes")
        skipSpace(body)
        guard peek(body) == UInt8(ascii: ":") else { throw problem("the object", "a colon behind a field's name") }
        offset &+= 1
        skipSpace(body)
        let word = body.extracting(name)
        if word.equals("ticket") {
            let range = try readString(body, "ticket", Self.ticketForm)
            guard let ticket = Ticket(text: body.extracting(range)) else { throw problem("ticket", Self.ticketForm) }
            try set(&fields.ticket, ticket, "ticket")
        } else if call == .report, word.equals("status") {
            try set(&fields.status, try readNumber(body, "status", "a whole number from 100 to 599"), "status")
        } else if call == .report, word.equals("bytes_in") {
            try set(&fields.bytesIn, try readNumber(body, "bytes_in", Self.amountForm), "bytes_in")
        } else if call == .report, word.equals("bytes_out") {
            try set(&fields.bytesOut, try readNumber(body, "bytes_out", Self.amountForm), "bytes_out")
        } else if call == .report, word.equals("cost") {
            try set(&fields.cost, try readNumber(body, "cost", Self.amountForm), "cost")
        } else {
            // A slip would lose usage without a word.
            var problem = problem(
                "the field", call == .report ? "ticket, status, bytes_in, bytes_out or cost" : "ticket and nothing else"
            )
            problem.name = name
            throw problem
        }
    }

    private static let ticketForm: StaticString = "48 hexadecimal digits in quotes, as the check's Weir-Ticket has them"
    private static let amountForm: StaticString = "a whole number below 2^62"

    private func set<Value>(
        _ place: inout Value?, _ value: Value, _ field: StaticString
    ) throws(HTTPReportProblem) {
        guard place == nil else { throw problem(field, "it once") }
        place = value
    }

    // MARK: Values

    /// The inside of a string without escapes, which none of the words needs.
    private mutating func readString(
        _ body: RawSpan, _ field: StaticString, _ expected: StaticString
    ) throws(HTTPReportProblem) -> Range<Int> {
        guard peek(body) == UInt8(ascii: "\"") else { throw problem(field, expected) }
        let start = offset &+ 1
        var end = start
        while end < body.byteCount, body.byte(end) != UInt8(ascii: "\"") {
            guard body.byte(end) >= 0x20, body.byte(end) != UInt8(ascii: "\\") else { throw problem(field, expected) }
            end &+= 1
        }
        guard end < body.byteCount else { throw problem(field, expected) }
        offset = end &+ 1
        return start..<end
    }

    /// A number of JSON without a sign, a fraction or an exponent, below 2⁶².
    private mutating func readNumber(
        _ body: RawSpan, _ field: StaticString, _ expected: StaticString
    ) throws(HTTPReportProblem) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        while offset < body.byteCount, body.byte(offset).isDigit {
            // Nineteen digits fit into 64 bits, and no number of twenty is below 2^62.
            guard offset &- start < 19 else { throw problem(field, expected) }
            value = value &* 10 &+ UInt64(body.byte(offset) &- 0x30)
            offset &+= 1
        }
        let isPlain = offset > start && (offset == start &+ 1 || body.byte(start) != 0x30)
        guard isPlain, value < 1 << 62, !goesOn(body) else { throw problem(field, expected) }
        return value
    }

    /// Whether something else than the end of a value follows.
    private func goesOn(_ body: RawSpan) -> Bool {
        switch peek(body) {
        case nil, UInt8(ascii: ","), UInt8(ascii: "}"), 0x20, 0x09, 0x0a, 0x0d: false
        default: true
        }
    }

    private mutating func skipSpace(_ body: RawSpan) {
        while let byte = peek(body), byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { offset &+= 1 }
    }

    private func peek(_ body: RawSpan) -> UInt8? { offset < body.byteCount ? body.byte(offset) : nil }

    private func problem(_ field: StaticString, _ expected: StaticString) -> HTTPReportProblem {
        HTTPReportProblem(entry: entry, field: field, expected: expected)
    }
}
