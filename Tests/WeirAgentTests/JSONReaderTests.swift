import Testing
import WeirAgent
import WeirCore

/// JSON that is read where it lies.
@Suite struct JSONReaderTests {
    /// Runs `body` with a reader over a text of its own, and gives back what the ranges hold that it returns.
    private func read(
        _ text: [UInt8], _ body: (inout JSONReader) throws(LogFlaw) -> [ByteRange]
    ) throws(LogFlaw) -> [String] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.count), alignment: 1)
        defer { room.deallocate() }
        room.copyBytes(from: text)
        var reader = JSONReader(UnsafeMutableRawBufferPointer(rebasing: room[..<text.count]))
        return try body(&reader).map { String(decoding: room[$0.range], as: UTF8.self) }
    }

    private func string(_ text: String) throws(LogFlaw) -> String {
        try read(Array(text.utf8)) { reader throws(LogFlaw) in
            let range = try reader.string()
            try reader.finish()
            return [range]
        }[0]
    }

    @Test(arguments: [
        (#""""#, ""),
        (#""plain""#, "plain"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""a\u0041b""#, "aAb"),
        (#""\u00e9\u20AC\u0000""#, "é€\u{0}"),
        (#""\ud83d\ude00!""#, "😀!"),
        (#""\ud83d""#, "\u{fffd}"),
        (#""\ude00x""#, "\u{fffd}x"),
        (#""\ud83dx""#, "\u{fffd}x"),
        (#""\ud83d\n""#, "\u{fffd}\n"),
        (#""\ud83d\u0041""#, "\u{fffd}A"),
        (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (#""é😀""#, "é😀"),
        (#" "x" "#, "x"),
    ])
    func stringsAreUnescaped(_ text: String, _ expected: String) throws {
        #expect(try string(text) == expected)
    }

    @Test(arguments: [
        #"""#, #""a"#, #""a\"#, #""a\""#, #""\x""#, #""\u12""#, #""\u12g4""#, #""\ud83d\u""#, "\"a\nb\"", "\"\u{1}\"",
        "x", "", #""a" b"#,
    ])
    func whatIsNoStringIsRefused(_ text: String) {
        #expect(throws: LogFlaw.self) { try string(text) }
    }

    @Test func bytesThatAreNoTextAreTakenAsTheyAre() throws {
        let bytes: [UInt8] = [0x22, 0xff, 0xc3, 0x22]
        let length = try read(bytes) { reader throws(LogFlaw) in [try reader.string()] }
        #expect(length == [String(decoding: [0xff, 0xc3], as: UTF8.self)])
    }

    @Test(arguments: ["0", "-1", "12", "1.5", "0.25", "1e9", "1E-3", "-0.5e+2", "18446744073709551616"])
    func numbersAreKeptAsTheyWereWritten(_ text: String) throws {
        let found = try read(Array(text.utf8)) { reader throws(LogFlaw) in
            let range = try reader.number()
            try reader.finish()
            return [range]
        }
        #expect(found == [text])
    }

    @Test(arguments: ["", "-", "01", "1.", ".5", "1e", "+1", "0x10", "1 2", "NaN"])
    func whatIsNoNumberIsRefused(_ text: String) {
        #expect(throws: LogFlaw.self) {
            try read(Array(text.utf8)) { reader throws(LogFlaw) in
                _ = try reader.number()
                try reader.finish()
                return []
            }
        }
    }

    private func skip(_ text: String) throws(LogFlaw) {
        _ = try read(Array(text.utf8)) { reader throws(LogFlaw) in
            try reader.skip()
            try reader.finish()
            return []
        }
    }

    @Test(arguments: [
        "{}", "[]", "[1]", #"[1, "two" ,{"three":[null,true,false]}]"#, #"{"a":{"b":[]},"c":"d"}"#, " \t\r\n{ } \n",
    ])
    func valuesOfAnyKindArePassedOver(_ text: String) throws { try skip(text) }

    @Test(arguments: [
        "{", "}", "[", "{]", "[}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{\"a\" 1}", "{a:1}", "{1:1}", "[1 2]", "{} {}",
        "nul", "nullx", "truefalse", "{\"a\":}", "[,1]", "{,}",
    ])
    func whatIsNoJSONIsRefused(_ text: String) {
        #expect(throws: LogFlaw.self) { try skip(text) }
    }

    @Test func nothingIsDeeperThanItMayBe() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        try skip(nested(JSONReader.maximumDepth))
        #expect(throws: LogFlaw.self) { try skip(nested(JSONReader.maximumDepth + 1)) }
        #expect(throws: LogFlaw.self) { try skip(String(repeating: #"{"a":"#, count: 10_000)) }
    }
}
