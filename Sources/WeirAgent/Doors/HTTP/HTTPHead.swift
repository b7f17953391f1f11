package import WeirCore

/// The head of an HTTP/1.x request, read strictly: what two readers could take differently is refused.
///
/// Lines end in CR LF, names are tokens with no space before the colon, values hold no control bytes, nothing is
/// folded, one length at most, and no transfer encoding. Made once and used for every request.
package struct HTTPHead: ~Copyable, Sendable {
    /// Bytes of the longest head; ranges in it are 16 bits wide.
    package static let maximumBytes = 65_535
    /// Fields of the longest head.
    package static let maximumFields = 128
    /// Bytes of the longest body that is thrown away.
    package static let maximumBodyBytes = 1 << 20

    package private(set) var method = ByteRange()
    package private(set) var target = ByteRange()
    package private(set) var fieldCount = 0
    private var fields = FixedArray<HTTPField>(
        count: maximumFields, repeating: HTTPField(name: ByteRange(), value: ByteRange()))
    /// Bytes of the body behind the head.
    package private(set) var bodyBytes = 0
    /// Whether the request says how long its body is.
    package private(set) var hasLength = false
    /// Whether the client waits for "100 Continue" before it sends its body.
    package private(set) var expectsContinue = false
    /// Whether the method is HEAD, whose answer must have no body, or POST.
    package private(set) var isHead = false
    package private(set) var isPost = false
    /// Whether the connection may be used again, when the body was taken.
    package private(set) var isPersistent = true
    /// Whether the client speaks HTTP/1.0, and must be told that the connection stays.
    package private(set) var isVersion10 = false

    package init() {}

    package func field(_ index: Int) -> HTTPField { fields[index] }

    /// The end of the head in `bytes`, behind its empty line; nil when it has not come yet. `scanned` remembers how far
    /// was looked.
    ///
    /// - Parameter maximum: bytes that a head may have.
    package static func end(
        in bytes: RawSpan, scanned: inout Int, maximum: Int = maximumBytes
    ) throws(HTTPProblem) -> Int? {
        var start = scanned
        while let offset = bytes.firstIndex(of: lineFeed, from: start) {
            guard offset > 0, bytes.byte(offset &- 1) == carriageReturn else {
                throw HTTPProblem(400, "lines that end in CR LF")
            }
            if offset >= 3, bytes.byte(offset &- 2) == lineFeed {
                guard offset < maximum else { throw tooLarge }
                return offset &+ 1
            }
            start = offset &+ 1
        }
        scanned = bytes.byteCount
        if bytes.byteCount >= maximum { throw tooLarge }
        return nil
    }

    private static var tooLarge: HTTPProblem { HTTPProblem(431, "a shorter request head (WEIR_MAX_HEAD)") }

    /// Reads a whole head.
    package mutating func read(_ head: RawSpan) throws(HTTPProblem) {
        guard head.byteCount <= Self.maximumBytes else { throw Self.tooLarge }
        fieldCount = 0
        bodyBytes = 0
        var offset = try readRequestLine(head)
        var traits = Traits()
        while head.byte(offset) != Self.carriageReturn {
            offset = try readField(head, at: offset, &traits)
        }
        guard offset &+ 2 == head.byteCount, head.byte(offset &+ 1) == Self.lineFeed else {
            throw HTTPProblem(400, "lines that end in CR LF")
        }
        try conclude(traits)
    }

    // MARK: Lines

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
    private static let colon = UInt8(ascii: ":")

    /// What fields say about the message itself.
    private struct Traits {
        var contentLength: Int?
        var hasTransferEncoding = false
        var hasHost = false
        var closes = false
        var keepsAlive = false
        var expects = false
    }

    /// Letters, digits and ``!#$%&'*+-.^_`|~``, which names and methods are made of.
    @inline(__always)
    private static func isToken(_ byte: UInt8) -> Bool {
        // A bit for each of the bytes 0x00 to 0x3f, and 0x40 to 0x7f.
        let bits: UInt64 = byte < 64 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
        return byte < 128 && bits >> UInt64(byte & 63) & 1 != 0
    }

    /// The end of the token that begins at `start`.
    @inline(__always)
    private static func endOfToken(_ head: RawSpan, from start: Int) -> Int {
        var offset = start
        while offset < head.byteCount, isToken(head.byte(offset)) { offset &+= 1 }
        return offset
    }

    /// `METHOD SP target SP HTTP/1.x CR LF`; returns the offset behind it.
    private mutating func readRequestLine(_ head: RawSpan) throws(HTTPProblem) -> Int {
        var offset = Self.endOfToken(head, from: 0)
        guard offset > 0, offset <= 32, offset < head.byteCount, head.byte(offset) == Self.space else {
            throw HTTPProblem(400, "a method and a space")
        }
        method = ByteRange(0..<offset)
        isHead = head.extracting(0..<offset).equals("HEAD")
        isPost = head.extracting(0..<offset).equals("POST")
        let start = offset &+ 1
        offset = start
        while offset &+ 8 <= head.byteCount {
            let word = head.uint64(offset)
            guard word.isPrintableASCII, word.marks(of: Self.space) == 0 else { break }
            offset &+= 8
        }
        while offset < head.byteCount, head.byte(offset) > Self.space, head.byte(offset) != 0x7f { offset &+= 1 }
        guard offset > start, offset &+ 11 <= head.byteCount, head.byte(offset) == Self.space else {
            throw HTTPProblem(400, "a target and a space")
        }
        target = ByteRange(start..<offset)
        let version = head.extracting(offset &+ 1..<offset &+ 9)
        isVersion10 = version.equals("HTTP/1.0")
        guard isVersion10 || version.equals("HTTP/1.1") else {
            throw HTTPProblem(505, "HTTP/1.1 or HTTP/1.0")
        }
        guard head.byte(offset &+ 9) == Self.carriageReturn, head.byte(offset &+ 10) == Self.lineFeed else {
            throw HTTPProblem(400, "CR LF behind the version")
        }
        return offset &+ 11
    }

    /// `name ":" OWS value OWS CR LF`; returns the offset behind it.
    private mutating func readField(_ head: RawSpan, at start: Int, _ traits: inout Traits) throws(HTTPProblem) -> Int {
        var offset = Self.endOfToken(head, from: start)
        guard offset > start, head.byte(offset) == Self.colon else {
            throw HTTPProblem(400, "a field name and a colon")
        }
        let name = start..<offset
        offset &+= 1
        while head.byte(offset) == Self.space || head.byte(offset) == Self.tab { offset &+= 1 }
        let valueStart = offset
        while offset &+ 8 <= head.byteCount, head.uint64(offset).isPrintableASCII { offset &+= 8 }
        while head.byte(offset) != Self.carriageReturn {
            let byte = head.byte(offset)
            guard byte >= Self.space && byte != 0x7f || byte == Self.tab else {
                throw HTTPProblem(400, "a field value without control bytes")
            }
            offset &+= 1
        }
        var valueEnd = offset
        while valueEnd > valueStart, head.byte(valueEnd &- 1) == Self.space || head.byte(valueEnd &- 1) == Self.tab {
            valueEnd &-= 1
        }
        guard head.byte(offset &+ 1) == Self.lineFeed else { throw HTTPProblem(400, "lines that end in CR LF") }
        guard fieldCount < Self.maximumFields else { throw HTTPProblem(431, "at most 128 fields") }
        fields[fieldCount] = HTTPField(name: ByteRange(name), value: ByteRange(valueStart..<valueEnd))
        fieldCount &+= 1
        try note(head.extracting(name), head.extracting(valueStart..<valueEnd), &traits)
        return offset &+ 2
    }

    /// Takes in what a field says about the message itself.
    private func note(_ name: RawSpan, _ value: RawSpan, _ traits: inout Traits) throws(HTTPProblem) {
        switch name.byteCount {
        case 4 where name.equals("Host", ignoringCase: true):
            if traits.hasHost { throw HTTPProblem(400, "one Host") }
            traits.hasHost = true
        case 6 where name.equals("Expect", ignoringCase: true): traits.expects = true
        case 10 where name.equals("Connection", ignoringCase: true):
            if Self.list(value, contains: "close") { traits.closes = true }
            if Self.list(value, contains: "keep-alive") { traits.keepsAlive = true }
        case 14 where name.equals("Content-Length", ignoringCase: true):
            guard let length = Self.number(value), traits.contentLength == nil || traits.contentLength == length else {
                throw HTTPProblem(400, "one Content-Length, a whole number")
            }
            traits.contentLength = length
        case 17 where name.equals("Transfer-Encoding", ignoringCase: true): traits.hasTransferEncoding = true
        default: break
        }
    }

    private mutating func conclude(_ traits: Traits) throws(HTTPProblem) {
        if traits.hasTransferEncoding {
            throw traits.contentLength != nil
                ? HTTPProblem(400, "either Content-Length or Transfer-Encoding")
                : HTTPProblem(501, "a body with Content-Length, or none")
        }
        guard traits.hasHost || isVersion10 else { throw HTTPProblem(400, "a Host") }
        bodyBytes = traits.contentLength ?? 0
        hasLength = traits.contentLength != nil
        guard bodyBytes <= Self.maximumBodyBytes else { throw HTTPProblem(413, "a body of at most 1 MiB") }
        expectsContinue = traits.expects && bodyBytes > 0 && !isVersion10
        isPersistent = !traits.closes && (!isVersion10 || traits.keepsAlive)
    }

    /// Whether a comma list names this word, in any case.
    private static func list(_ value: RawSpan, contains word: StaticString) -> Bool {
        var start = 0
        while start <= value.byteCount {
            let end = value.firstIndex(of: UInt8(ascii: ","), from: start) ?? value.byteCount
            if value.extracting(trimmed(value, start..<end)).equals(word, ignoringCase: true) { return true }
            start = end &+ 1
        }
        return false
    }

    /// Part of a value without white space around it.
    private static func trimmed(_ value: RawSpan, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, value.byte(start) == space || value.byte(start) == tab { start &+= 1 }
        while end > start, value.byte(end &- 1) == space || value.byte(end &- 1) == tab { end &-= 1 }
        return start..<end
    }

    /// A number of 1 to 18 digits and nothing else.
    static func number(_ text: RawSpan) -> Int? {
        guard text.byteCount > 0, text.byteCount <= 18 else { return nil }
        var number = 0
        for offset in 0..<text.byteCount {
            guard text.byte(offset).isDigit else { return nil }
            number = number * 10 + Int(text.byte(offset) - 0x30)
        }
        return number
    }
}
