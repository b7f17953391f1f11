package import WeirCore

/// Reads one JSON text where it lies, value by value. Strings are unescaped in their own place, as no escape is longer than what it
/// stands for; so each value is read once.
///
/// Nothing is allocated, and nothing is deeper than `maximumDepth`. Bytes from 128 on are taken as they are.
package struct JSONReader: ~Copyable {
    /// Objects and arrays within each other.
    package static let maximumDepth = 16

    private let bytes: UnsafeMutableRawBufferPointer
    package private(set) var offset: Int

    /// - Parameters:
    ///   - bytes: the text, of at most 65,535 bytes, which the reader may change and which outlives it.
    ///   - start: where the text begins in it.
    package init(_ bytes: UnsafeMutableRawBufferPointer, from start: Int = 0) {
        precondition(bytes.count <= UInt16.max, "a text that ranges cannot tell")
        self.bytes = bytes
        offset = start
    }

    // MARK: Structure

    /// The first byte of what comes next.
    package mutating func next() throws(LogFlaw) -> UInt8 {
        skipSpace()
        guard offset < bytes.count else { throw LogFlaw("more", at: offset) }
        return bytes[offset]
    }

    /// Goes into an object.
    package mutating func openObject() throws(LogFlaw) { try take(UInt8(ascii: "{"), "an object") }

    /// Goes on to the next member's value.
    ///
    /// - Parameter isFirst: whether no member was read yet; false from then on.
    /// - Returns: its name; nil behind the last one.
    package mutating func nextMember(_ isFirst: inout Bool) throws(LogFlaw) -> ByteRange? {
        if try next() == UInt8(ascii: "}") {
            offset += 1
            return nil
        }
        if !isFirst {
            try take(UInt8(ascii: ","), "a comma or the end of the object")
            _ = try next()
        }
        isFirst = false
        let name = try string("a member's name")
        try take(UInt8(ascii: ":"), "a colon")
        _ = try next()
        return name
    }

    /// Nothing comes any more but white space.
    package mutating func finish() throws(LogFlaw) {
        skipSpace()
        guard offset == bytes.count else { throw LogFlaw("the end behind the object", at: offset) }
    }

    private mutating func take(_ byte: UInt8, _ expected: StaticString) throws(LogFlaw) {
        guard try next() == byte else { throw LogFlaw(expected, at: offset) }
        offset += 1
    }

    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
        }
    }

    // MARK: Values

    /// A string, unescaped.
    package mutating func string(_ expected: StaticString = "a string") throws(LogFlaw) -> ByteRange {
        try take(UInt8(ascii: "\""), expected)
        let start = offset
        var end = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return ByteRange(start..<end)
            case UInt8(ascii: "\\"): end = try unescape(to: end)
            case ..<0x20: throw LogFlaw("no control character in a string", at: offset)
            default:
                bytes[end] = byte
                (offset, end) = (offset + 1, end + 1)
            }
        }
        throw LogFlaw("the end of a string", at: offset)
    }

    /// Puts what an escape stands for at `end`, and returns the place behind it.
    private mutating func unescape(to end: Int) throws(LogFlaw) -> Int {
        guard offset + 1 < bytes.count else { throw LogFlaw("more of an escape", at: offset) }
        let plain: UInt8
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = bytes[offset + 1]
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0c
        case UInt8(ascii: "n"): plain = 0x0a
        case UInt8(ascii: "r"): plain = 0x0d
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"): return try unescapeUnicode(to: end)
        default: throw LogFlaw("an escape of JSON", at: offset)
        }
        bytes[end] = plain
        offset += 2
        return end + 1
    }

    /// `\u00e9`, or two that make one character; half of such a pair becomes the replacement character.
    private mutating func unescapeUnicode(to end: Int) throws(LogFlaw) -> Int {
        let first = try unit(at: offset)
        offset += 6
        var scalar = first
        if first & 0xf800 == 0xd800 {
            scalar = 0xfffd
            if first < 0xdc00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
                bytes[offset + 1] == UInt8(ascii: "u")
            {
                let second = try unit(at: offset)
                if second & 0xfc00 == 0xdc00 {
                    scalar = 0x10000 + (first & 0x3ff) << 10 + second & 0x3ff
                    offset += 6
                }
            }
        }
        return write(scalar, at: end)
    }

    private func unit(at start: Int) throws(LogFlaw) -> UInt32 {
        guard start + 6 <= bytes.count else { throw LogFlaw("four digits of an escape", at: start) }
        var unit: UInt32 = 0
        for place in start + 2..<start + 6 {
            guard let digit = bytes[place].hexadecimalValue else { throw LogFlaw("a hexadecimal digit", at: place) }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Writes a character in UTF-8.
    private func write(_ scalar: UInt32, at end: Int) -> Int {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift & 0x3f)) }
        switch scalar {
        case ..<0x80:
            bytes[end] = UInt8(scalar)
            return end + 1
        case ..<0x800:
            (bytes[end], bytes[end + 1]) = (UInt8(0xc0 | scalar >> 6), tail(0))
            return end + 2
        case ..<0x10000:
            (bytes[end], bytes[end + 1], bytes[end + 2]) = (UInt8(0xe0 | scalar >> 12), tail(6), tail(0))
            return end + 3
        default:
            (bytes[end], bytes[end + 1]) = (UInt8(0xf0 | scalar >> 18), tail(12))
            (bytes[end + 2], bytes[end + 3]) = (tail(6), tail(0))
            return end + 4
        }
    }

    /// A number, as it was written.
    package mutating func number() throws(LogFlaw) -> ByteRange {
        _ = try next()
        let start = offset
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let whole = offset
        try digits()
        if bytes[whole] == UInt8(ascii: "0"), offset > whole + 1 {
            throw LogFlaw("a number without a 0 before it", at: whole)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try digits()
        }
        return ByteRange(start..<offset)
    }

    private mutating func digits() throws(LogFlaw) {
        let start = offset
        while offset < bytes.count, bytes[offset].isDigit { offset += 1 }
        guard offset > start else { throw LogFlaw("a value", at: start) }
    }

    /// A string or a number; nil for `null`. Numbers are texts here: servers write them with and without quotes.
    package mutating func text() throws(LogFlaw) -> ByteRange? {
        switch try next() {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "n"):
            try word("null")
            return nil
        default: return try number()
        }
    }

    /// Passes over a value of any kind.
    package mutating func skip(depth: Int = 1) throws(LogFlaw) {
        switch try next() {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "{"):
            guard depth <= Self.maximumDepth else { throw LogFlaw("fewer objects in each other", at: offset) }
            try openObject()
            var isFirst = true
            while try nextMember(&isFirst) != nil { try skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            guard depth <= Self.maximumDepth else { throw LogFlaw("fewer arrays in each other", at: offset) }
            try openArray()
            var isFirst = true
            while try nextElement(&isFirst) { try skip(depth: depth + 1) }
        default: _ = try number()
        }
    }

    /// Goes into an array.
    package mutating func openArray() throws(LogFlaw) { try take(UInt8(ascii: "["), "an array") }

    /// Goes on to the next element.
    ///
    /// - Returns: false behind the last one.
    package mutating func nextElement(_ isFirst: inout Bool) throws(LogFlaw) -> Bool {
        if try next() == UInt8(ascii: "]") {
            offset += 1
            return false
        }
        if !isFirst {
            try take(UInt8(ascii: ","), "a comma or the end of the array")
            guard try next() != UInt8(ascii: "]") else { throw LogFlaw("a value", at: offset) }
        }
        isFirst = false
        return true
    }

    private mutating func word(_ word: StaticString) throws(LogFlaw) {
        guard equals(offset..<min(offset + word.utf8CodeUnitCount, bytes.count), word) else {
            throw LogFlaw("a value", at: offset)
        }
        offset += word.utf8CodeUnitCount
    }

    // MARK: What was read

    /// Whether a text is exactly this one.
    package func equals(_ range: ByteRange, _ text: StaticString) -> Bool { equals(range.range, text) }

    private func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for place in 0..<range.count where bytes[range.lowerBound + place] != text.utf8Start[place] { return false }
        return true
    }

    package func byte(_ place: Int) -> UInt8 { bytes[place] }

    /// A text of digits as a number; nil for any other, and from 2⁶² on.
    package func unsigned(_ range: ByteRange) -> UInt64? {
        guard !range.isEmpty, range.count <= 19 else { return nil }
        var value: UInt64 = 0
        for place in range.range {
            guard bytes[place].isDigit else { return nil }
            value = value * 10 + UInt64(bytes[place] - 0x30)
        }
        return value < 1 << 62 ? value : nil
    }

    /// A ticket in its text form; nil for any other text. `-` is none.
    package func ticket(_ range: ByteRange) -> Ticket? {
        Ticket(text: UnsafeRawBufferPointer(bytes).bytes.extracting(range.range))
    }
}
