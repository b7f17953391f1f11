import Testing
import WeirAgent
import WeirCore
import WeirTestSupport

/// The strict reading of requests: what two readers could take differently is refused, and the connection closed.
@Suite struct HTTPHeadTests {
    private func statuses(_ text: String) throws -> (statuses: [Int], isClosed: Bool) {
        let (output, isClosed) = try DoorHarness("").http([text])
        return (try DoorHarness.responses(output).map(\.status), isClosed)
    }

    private let good = "GET /nginx HTTP/1.1\r\nHost: weir\r\n\r\n"

    @Test func requestsMayBePipelinedAndComeByteByByte() throws {
        let three = good + "GET /forward HTTP/1.1\r\nHost: weir\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n" + good
        let (whole, isClosed) = try DoorHarness().http([three])
        #expect(!isClosed)
        #expect(try DoorHarness.responses(whole).map(\.status) == [200, 200, 200])
        #expect(try DoorHarness().http(three.map { String($0) }.map { $0 }).output == whole)
        for cut in 1..<three.utf8.count {
            let bytes = Array(three.utf8)
            let parts = [
                String(decoding: bytes[..<cut], as: UTF8.self), String(decoding: bytes[cut...], as: UTF8.self),
            ]
            #expect(try DoorHarness().http(parts).output == whole)
        }
    }

    /// RFC 9110 5.6.2, and in values any byte but control bytes, at any distance from the end of a word.
    @Test func namesAreTokensAndValuesHoldNoControlBytes() throws {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        for byte in 1...127 as ClosedRange<UInt8> {
            let character = Character(UnicodeScalar(byte))
            let isToken = marks.contains(byte) || character.isASCII && (character.isLetter || character.isNumber)
            let isText = byte >= 0x20 && byte != 0x7f || byte == 0x09
            if byte != UInt8(ascii: ":") {
                let name = "GET /nginx HTTP/1.1\r\nHost: w\r\nX\(character)Y: 1\r\n\r\n"
                #expect(try statuses(name).statuses == [isToken ? 200 : 400], "a name with \(byte)")
            }
            for place in [0, 3, 7, 8, 12] {
                var value = Array(repeating: "v" as Character, count: 13)
                value[place] = character
                let head = "GET /nginx HTTP/1.1\r\nHost: w\r\nX: \(String(value))\r\n\r\n"
                #expect(try statuses(head).statuses == [isText ? 200 : 400], "a value with \(byte) at \(place)")
            }
        }
    }

    @Test func bodiesAreThrownAwayEvenOnGET() throws {
        let body = String(repeating: "GET /nginx HTTP/1.1\r\n\r\n", count: 3)
        let request = "GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        #expect(try statuses(request + good) == ([200, 200], false))
        #expect(
            try DoorHarness("").http((request + good).map { String($0) }).output
                == DoorHarness("").http([request + good]).output)
    }

    @Test func theConnectionStaysAsTheVersionSays() throws {
        #expect(try statuses("GET /nginx HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n" + good) == ([200], true))
        #expect(try statuses("GET /nginx HTTP/1.1\r\nHost: w\r\nConnection: x, Close\r\n\r\n" + good) == ([200], true))
        #expect(try statuses("GET /nginx HTTP/1.0\r\n\r\n" + good) == ([200], true))
        let (output, isClosed) = try DoorHarness("").http(["GET /nginx HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"])
        #expect(!isClosed)
        #expect(try DoorHarness.responses(output)[0]["Connection"] == "keep-alive")
        let expects = "GET /nginx HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        #expect(try statuses(expects + good) == ([200], true))
    }

    @Test(arguments: [
        ("GET /nginx HTTP/1.1\nHost: w\n\n", 400), ("GET /nginx HTTP/1.1\r\nHost: w\n\r\n", 400), ("\r\n", 400),
        ("GET  /nginx HTTP/1.1\r\nHost: w\r\n\r\n", 400), ("GET /ng inx HTTP/1.1\r\nHost: w\r\n\r\n", 505),
        ("GET /nginx HTTP/1.1 \r\nHost: w\r\n\r\n", 400), ("GET /nginx\r\nHost: w\r\n\r\n", 400),
        (" GET /nginx HTTP/1.1\r\n\r\n", 400),
        ("G@T /nginx HTTP/1.1\r\nHost: w\r\n\r\n", 400), ("GET /nginx HTTP/2.0\r\nHost: w\r\n\r\n", 505),
        ("GET /nginx HTTP/1.2\r\nHost: w\r\n\r\n", 505), ("GET /nginx http/1.1\r\nHost: w\r\n\r\n", 505),
        ("GET /nginx HTTP/1.1\r\n\r\n", 400), ("GET /nginx HTTP/1.1\r\nHost: w\r\nHost: w\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost : w\r\n\r\n", 400), ("GET /nginx HTTP/1.1\r\n Host: w\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\n folded\r\n\r\n", 400), ("GET /nginx HTTP/1.1\r\nHost w\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\n: w\r\n\r\n", 400), ("GET /nginx HTTP/1.1\r\nHost: w\u{0}\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\u{1}\r\n\r\n", 400), ("GET /nginx HTTP/1.1\r\nHost: w\rx\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: +5\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: 5,5\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: \r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: 9999999999999999999999\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        ("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: 1048577\r\n\r\n", 413),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("a=bGET /nginx HTTP/1.1\r\nHost: w\r\n\r\n", 400),
    ])
    func whatCouldBeReadInTwoWaysIsRefusedAndCloses(_ request: String, _ status: Int) throws {
        let (found, isClosed) = try statuses(request + good)
        #expect(found == [status])
        #expect(isClosed)
    }

    @Test func headsHaveBounds() throws {
        let many = (0..<129).map { "X-\($0): v\r\n" }.joined()
        #expect(try statuses("GET /nginx HTTP/1.1\r\nHost: w\r\n\(many)\r\n") == ([431], true))
        let long = "X-Long: " + String(repeating: "v", count: 65_000) + "\r\n"
        #expect(try statuses("GET /nginx HTTP/1.1\r\nHost: w\r\n\(long)\r\n") == ([200], false))
        let tooLong = "X-Long: " + String(repeating: "v", count: 70_000) + "\r\n"
        #expect(try statuses("GET /nginx HTTP/1.1\r\nHost: w\r\n\(tooLong)\r\n") == ([431], true))
        #expect(try statuses(String(repeating: "G", count: 70_000)) == ([431], true))
    }

    /// No input crashes it, and it never writes without a request.
    @Test(arguments: 1...20)
    func randomBytesAreAnsweredOrAwaited(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let pieces = [
            "GET ", "/nginx", " HTTP/1.1", "\r\n", "Host: w", "\r\n\r\n", ":", " ", "\t", "Content-Length: 3", "\0",
            "\n", "\r",
            "Transfer-Encoding: chunked", "X-Real-IP: 1.2.3.4", "é", "Weir-Attr-plan: x", "POST",
        ]
        let door = try DoorHarness("")
        for _ in 0..<500 {
            door.session = HTTPDoor.Session()
            let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            _ = try DoorHarness.responses(door.http([text]).output)
        }
    }
}
