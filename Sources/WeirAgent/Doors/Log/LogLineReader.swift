import WeirCore

/// Reads a datagram of an access log: JSON, behind a syslog prefix or alone; with Weir's own short names, or Caddy's.
package struct LogLineReader: ~Copyable {
    /// Bytes that a syslog prefix may have.
    package static let maximumPrefix = 512

    /// What the line has said: a second time it is no server's, but what a client has smuggled into a value that was not escaped.
    private struct Field: OptionSet {
        let rawValue: UInt32
        static let ticket = Field(rawValue: 1 << 0)
        static let status = Field(rawValue: 1 << 1)
        static let bytesIn = Field(rawValue: 1 << 2)
        static let bytesOut = Field(rawValue: 1 << 3)
        static let cost = Field(rawValue: 1 << 4)
        static let apiKey = Field(rawValue: 1 << 5)
        static let ip = Field(rawValue: 1 << 6)
        static let method = Field(rawValue: 1 << 7)
        static let path = Field(rawValue: 1 << 8)
        static let host = Field(rawValue: 1 << 9)
        static let user = Field(rawValue: 1 << 10)
        static let attributes = Field(rawValue: 1 << 11)
        static let request = Field(rawValue: 1 << 12)
        static let answerFields = Field(rawValue: 1 << 13)
        static let requestFields = Field(rawValue: 1 << 14)
        static let remoteAddress = Field(rawValue: 1 << 15)
    }

    private var json: JSONReader
    private var line = LogLine()
    private var given: Field = []
    /// Of Caddy: what an older one does not count, and what an answer's field says of the ticket.
    private var announcedBytes: UInt64?
    private var fieldTicket: Ticket?
    private var userTicket: Ticket?
    private var bearer = ByteRange()
    private var remoteAddress = ByteRange()

    /// Reads a line, which it changes: texts are unescaped in their own place.
    package static func read(_ bytes: UnsafeMutableRawBufferPointer) throws(LogFlaw) -> LogLine {
        var reader = LogLineReader(JSONReader(bytes, from: try start(of: bytes)))
        return try reader.readLine()
    }

    private init(_ json: consuming JSONReader) { self.json = json }

    /// Where the object begins: behind `<190>Nov 20 23:29:23 host tag: ` of RFC 3164, or what RFC 5424 and others put there.
    private static func start(of bytes: UnsafeMutableRawBufferPointer) throws(LogFlaw) -> Int {
        guard let first = bytes.first else { throw LogFlaw("an object", at: 0) }
        guard first == UInt8(ascii: "<") else { return 0 }
        var place = 1
        while place < bytes.count, bytes[place].isDigit { place += 1 }
        guard (2...4).contains(place), place < bytes.count, bytes[place] == UInt8(ascii: ">") else {
            throw LogFlaw("a syslog priority such as <190>", at: 0)
        }
        for place in place + 1..<min(bytes.count, maximumPrefix) where bytes[place] == UInt8(ascii: "{") {
            return place
        }
        throw LogFlaw("an object behind the syslog prefix", at: place + 1)
    }

    private mutating func readLine() throws(LogFlaw) -> LogLine {
        try json.openObject()
        var isFirst = true
        while let name = try json.nextMember(&isFirst) { try readMember(name) }
        try json.finish()
        guard given.contains(.status) else { throw LogFlaw("a status", field: "s", at: json.offset) }
        if !given.contains(.bytesIn), let announcedBytes { line.response.bytesIn = announcedBytes }
        if line.apiKey.isEmpty { line.apiKey = bearer }
        if line.ip.isEmpty { line.ip = remoteAddress }
        if !given.contains(.ticket), let ticket = userTicket ?? fieldTicket {
            line.check = ticket.isNone ? .denied : .ticket(ticket)
        }
        return line
    }

    // MARK: Members

    private mutating func readMember(_ name: ByteRange) throws(LogFlaw) {
        switch name.count {
        case 1 where json.equals(name, "t"): try readTicket()
        case 1 where json.equals(name, "s"): try readStatus("s")
        case 1 where json.equals(name, "c"):
            if let cost = try amount(.cost, "c") { line.response.cost = cost }
        case 1 where json.equals(name, "k"): line.apiKey = try text(.apiKey, "k")
        case 1 where json.equals(name, "m"): line.method = try text(.method, "m")
        case 1 where json.equals(name, "u"): line.path = try text(.path, "u")
        case 1 where json.equals(name, "h"): line.host = try text(.host, "h")
        case 1 where json.equals(name, "a"): try readAttributes()
        case 2 where json.equals(name, "in"): line.response.bytesIn = try amount(.bytesIn, "in") ?? 0
        case 2 where json.equals(name, "ip"): line.ip = try text(.ip, "ip")
        case 3 where json.equals(name, "out"): line.response.bytesOut = try amount(.bytesOut, "out") ?? 0
        case 4 where json.equals(name, "size"): line.response.bytesOut = try amount(.bytesOut, "size") ?? 0
        case 6 where json.equals(name, "status"): try readStatus("status")
        case 7 where json.equals(name, "request"): try readRequest()
        case 7 where json.equals(name, "user_id"): try readUser()
        case 10 where json.equals(name, "bytes_read"):
            line.response.bytesIn = try amount(.bytesIn, "bytes_read") ?? 0
        case 12 where json.equals(name, "resp_headers"): try readAnswerFields()
        default: try json.skip()
        }
    }

    private mutating func note(_ field: Field, _ name: StaticString) throws(LogFlaw) {
        guard given.insert(field).inserted else { throw LogFlaw("it once", field: name, at: json.offset) }
    }

    private mutating func text(_ field: Field, _ name: StaticString) throws(LogFlaw) -> ByteRange {
        try note(field, name)
        guard let text = try json.text(), !isDash(text) else { return ByteRange() }
        return text
    }

    /// What some servers write for nothing.
    private func isDash(_ text: ByteRange) -> Bool {
        text.count == 1 && json.byte(Int(text.offset)) == UInt8(ascii: "-")
    }

    /// A number, in quotes or not; nil where there is none.
    private mutating func amount(_ field: Field, _ name: StaticString) throws(LogFlaw) -> UInt64? {
        let start = json.offset
        let text = try text(field, name)
        if text.isEmpty { return nil }
        guard let amount = json.unsigned(text) else {
            throw LogFlaw("a whole number below 2^62", field: name, at: start)
        }
        return amount
    }

    /// 100 to 599. What some servers write where no answer was sent, 0 or -1, is 499: the client was gone.
    private mutating func readStatus(_ name: StaticString) throws(LogFlaw) {
        let start = json.offset
        let text = try text(.status, name)
        if json.equals(text, "0") || json.equals(text, "-1") || json.equals(text, "000") {
            line.response.status = 499
        } else if let number = json.unsigned(text), (100...599).contains(number) {
            line.response.status = UInt16(number)
        } else {
            throw LogFlaw("a status from 100 to 599", field: name, at: start)
        }
    }

    private mutating func readTicket() throws(LogFlaw) {
        try note(.ticket, "t")
        let start = json.offset
        guard let text = try json.text(), !text.isEmpty else {
            line.check = .none
            return
        }
        guard let ticket = json.ticket(text) else {
            throw LogFlaw(
                "a ticket of 48 hexadecimal digits, - for a denied request, or nothing", field: "t", at: start)
        }
        line.check = ticket.isNone ? .denied : .ticket(ticket)
    }

    private mutating func readAttributes() throws(LogFlaw) {
        try note(.attributes, "a")
        try json.openObject()
        var isFirst = true
        while let name = try json.nextMember(&isFirst) {
            let start = json.offset
            guard let value = try json.text(), !value.isEmpty else { continue }
            guard Int(name.count) <= WireLimits.maximumNameBytes else {
                throw LogFlaw("names of at most 63 bytes", field: "a", at: start)
            }
            guard line.add(LogLine.Custom(name: name, value: value)) else {
                throw LogFlaw("at most 16 attributes", field: "a", at: start)
            }
        }
    }

    // MARK: Caddy

    private mutating func readRequest() throws(LogFlaw) {
        try note(.request, "request")
        try json.openObject()
        var isFirst = true
        while let name = try json.nextMember(&isFirst) {
            switch name.count {
            case 3 where json.equals(name, "uri"): line.path = try text(.path, "uri")
            case 4 where json.equals(name, "host"): line.host = try text(.host, "host")
            case 6 where json.equals(name, "method"): line.method = try text(.method, "method")
            case 7 where json.equals(name, "headers"): try readRequestFields()
            // Behind trusted proxies the client's, where Caddy knows it.
            case 9 where json.equals(name, "client_ip"): line.ip = try text(.ip, "client_ip")
            case 9 where json.equals(name, "remote_ip"): remoteAddress = try text(.remoteAddress, "remote_ip")
            default: try json.skip()
            }
        }
    }

    /// A client's own fields: never a ticket, which it could choose.
    private mutating func readRequestFields() throws(LogFlaw) {
        try note(.requestFields, "headers")
        try json.openObject()
        var isFirst = true
        while let name = try json.nextMember(&isFirst) {
            switch name.count {
            case 9 where json.equals(name, "X-Api-Key"):
                let key = try firstElement()
                if line.apiKey.isEmpty, !json.equals(key, "REDACTED") { line.apiKey = key }
            case 13 where json.equals(name, "Authorization"): bearer = token(try firstElement())
            case 14 where json.equals(name, "Content-Length"): announcedBytes = json.unsigned(try firstElement())
            default: try json.skip()
            }
        }
    }

    private mutating func readAnswerFields() throws(LogFlaw) {
        try note(.answerFields, "resp_headers")
        try json.openObject()
        var isFirst = true
        while let name = try json.nextMember(&isFirst) {
            if json.equals(name, "Weir-Ticket") {
                fieldTicket = json.ticket(try firstElement())
            } else {
                try json.skip()
            }
        }
    }

    /// A user who has logged in; or the ticket, where the configuration has put it here.
    private mutating func readUser() throws(LogFlaw) {
        try note(.user, "user_id")
        guard let text = try json.text() else { return }
        userTicket = json.ticket(text)
        if userTicket == nil { line.user = text }
    }

    /// The first of several values of a field; empty where there is none.
    private mutating func firstElement() throws(LogFlaw) -> ByteRange {
        try json.openArray()
        var (isFirst, value) = (true, ByteRange())
        while true {
            let isBefore = isFirst
            guard try json.nextElement(&isFirst) else { return value }
            if isBefore { value = try json.string() } else { try json.skip() }
        }
    }

    /// What stands behind `Bearer `.
    private func token(_ text: ByteRange) -> ByteRange {
        let scheme: StaticString = "bearer "
        guard Int(text.count) > scheme.utf8CodeUnitCount else { return ByteRange() }
        for place in 0..<scheme.utf8CodeUnitCount
        where json.byte(Int(text.offset) + place).lowercasedASCII != scheme.utf8Start[place] {
            return ByteRange()
        }
        var start = Int(text.offset) + scheme.utf8CodeUnitCount
        while start < text.range.upperBound, json.byte(start) == UInt8(ascii: " ") { start += 1 }
        return ByteRange(start..<text.range.upperBound)
    }
}
