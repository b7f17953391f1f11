/// Brings a request's path into the one form that rules see, so that `/%6Cogin`, `//login` and `/a/../login` are
/// `/login`.
///
/// In this order: scheme and authority of an absolute form go, the query and fragment go, percent escapes are decoded
/// once, repeated slashes become one, dot segments are resolved. As nginx does it for its own locations.
package enum PathNormaliser {
    /// What a path is in its one form.
    package enum Result: Equatable {
        /// These bytes of the original, unchanged.
        case original(Range<Int>)
        /// This many bytes at the start of the scratch.
        case scratch(Int)
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")
    private static let percent = UInt8(ascii: "%")

    /// Normalises `path`; writes to `scratch`, which has room for it and one more byte, only where something changes.
    package static func normalise(_ path: RawSpan, scratch: inout FixedArray<UInt8>) -> Result {
        if isPlain(path) { return .original(0..<path.byteCount) }
        let range = target(path)
        if isNormal(path, range) { return .original(range) }
        return .scratch(rewrite(path, range, into: &scratch))
    }

    /// Whether it begins with `/`, has no query and nothing to rewrite, as most have: eight bytes at a time. False says nothing.
    private static func isPlain(_ path: RawSpan) -> Bool {
        guard path.byteCount > 0, path.byte(0) == slash else { return false }
        var isAfterSlash: UInt64 = 0
        var offset = 0
        while offset < path.byteCount {
            let isWhole = offset &+ 8 <= path.byteCount
            let word = isWhole ? path.uint64(offset) : path.word(from: offset)
            let slashes = word.marks(of: slash)
            let ends =
                word.marks(of: percent) | word.marks(of: UInt8(ascii: "?")) | word.marks(of: UInt8(ascii: "#"))
            let followers = slashes << 8 | isAfterSlash
            if ends | followers & (slashes | word.marks(of: dot)) != 0 { return false }
            isAfterSlash = slashes >> 56
            offset &+= 8
        }
        return true
    }

    /// The part of a request target that is the path.
    private static func target(_ path: RawSpan) -> Range<Int> {
        var start = 0
        if path.byteCount > 0, path.byte(0) != slash { start = startOfAbsoluteForm(path) }
        var end = start
        while end < path.byteCount {
            let byte = path.byte(end)
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
            end &+= 1
        }
        return start..<end
    }

    /// Where the path of `http://host/path` begins; 0 when there is no scheme.
    private static func startOfAbsoluteForm(_ path: RawSpan) -> Int {
        guard let colon = path.firstIndex(of: UInt8(ascii: ":")), colon &+ 2 < path.byteCount,
            path.byte(colon &+ 1) == slash, path.byte(colon &+ 2) == slash
        else { return 0 }
        for offset in 0..<colon {
            let byte = path.byte(offset)
            guard byte.lowercasedASCII &- 0x61 < 26 || byte.isDigit || byte == 0x2b || byte == 0x2d || byte == dot
            else { return 0 }
        }
        var start = colon &+ 3
        while start < path.byteCount {
            let byte = path.byte(start)
            if byte == slash || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
            start &+= 1
        }
        return start
    }

    /// Whether a path has nothing to rewrite: it begins with `/` and holds no `%`, no `//` and no segment that begins
    /// with a dot.
    private static func isNormal(_ path: RawSpan, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        if path.byte(range.lowerBound) != slash {
            // `*` of OPTIONS, which is no path.
            return range.count == 1 && path.byte(range.lowerBound) == UInt8(ascii: "*")
        }
        var isAfterSlash = false
        for offset in range {
            let byte = path.byte(offset)
            if byte == percent || isAfterSlash && (byte == slash || byte == dot) { return false }
            isAfterSlash = byte == slash
        }
        return true
    }

    /// Writes the one form and returns its length, at least 1.
    private static func rewrite(_ path: RawSpan, _ range: Range<Int>, into scratch: inout FixedArray<UInt8>) -> Int {
        scratch[0] = slash
        var count = 1
        var offset = range.lowerBound
        while offset < range.upperBound {
            var byte = path.byte(offset)
            offset &+= 1
            if byte == percent, offset &+ 1 < range.upperBound, let high = path.byte(offset).hexadecimalValue,
                let low = path.byte(offset &+ 1).hexadecimalValue
            {
                byte = high << 4 | low
                offset &+= 2
            }
            if byte == slash {
                count = closeSegment(&scratch, count)
                if scratch[count &- 1] == slash { continue }
            }
            scratch[count] = byte
            count &+= 1
        }
        return closeSegment(&scratch, count)
    }

    /// Resolves the segment that ends at `count` when it is `.` or `..`; returns the new length, which ends behind a
    /// slash then.
    private static func closeSegment(_ scratch: inout FixedArray<UInt8>, _ count: Int) -> Int {
        var start = count
        while scratch[start &- 1] != slash { start &-= 1 }
        let length = count &- start
        if length == 1, scratch[start] == dot { return start }
        guard length == 2, scratch[start] == dot, scratch[start &+ 1] == dot else { return count }
        if start == 1 { return 1 }
        start &-= 1
        while scratch[start &- 1] != slash { start &-= 1 }
        return start
    }
}
