import Testing
import WeirAgent
import WeirCore

/// Lines of access logs, as servers send them.
@Suite struct LogLineTests {
    private let digits = String(repeating: "ab", count: 24)

    private func read(_ text: String) throws(LogFlaw) -> (line: LogLine, texts: [String: String]) {
        try read(Array(text.utf8))
    }

    private func read(_ text: [UInt8]) throws(LogFlaw) -> (line: LogLine, texts: [String: String]) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.count), alignment: 1)
        defer { room.deallocate() }
        room.copyBytes(from: text)
        let line = try LogLineReader.read(UnsafeMutableRawBufferPointer(rebasing: room[..<text.count]))
        var texts: [String: String] = [:]
        func note(_ name: String, _ range: ByteRange) {
            if !range.isEmpty { texts[name] = String(decoding: room[range.range], as: UTF8.self) }
        }
        note("api_key", line.apiKey)
        note("ip", line.ip)
        note("method", line.method)
        note("path", line.path)
        note("host", line.host)
        note("user", line.user)
        for index in 0..<line.customCount {
            let attribute = line.custom(index)
            note(String(decoding: room[attribute.name.range], as: UTF8.self), attribute.value)
        }
        return (line, texts)
    }

    private func flaw(_ text: String) -> String? {
        do throws(LogFlaw) {
            _ = try read(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private var ticket: Ticket? { Array(digits.utf8).withBytes { Ticket(text: $0) } }

    @Test func aLineOfOurOwnNamesIsRead() throws {
        let (line, texts) = try read(
            """
            {"t":"\(digits)","s":206,"in":512,"out":1048576,"c":7,"k":"key-1","ip":"192.0.2.1","m":"GET","u":"/a?b=\\u00e9",
             "h":"api.example.com","a":{"user":"ann","tenant":7,"empty":"","none":null},"rt":0.003,"other":[{"s":1}]}
            """)
        #expect(line.check == .ticket(try #require(ticket)))
        #expect(line.response == ResponseFacts(status: 206, bytesIn: 512, bytesOut: 1_048_576, cost: 7))
        #expect(
            texts == [
                "api_key": "key-1", "ip": "192.0.2.1", "method": "GET", "path": "/a?b=é", "host": "api.example.com",
                "user": "ann", "tenant": "7",
            ])
        #expect(line.hasAttributes)
    }

    @Test(arguments: [
        ("", LogLine.Check.unknown), (#""t":"","#, .none), (#""t":null,"#, .none), (#""t":"-","#, .denied),
    ])
    func whatALineSaysOfItsCheckIsTold(_ member: String, _ check: LogLine.Check) throws {
        let (line, _) = try read("{\(member)\"s\":200}")
        #expect(line.check == check)
        #expect(!line.hasAttributes)
    }

    @Test(arguments: [
        "", "<190>Nov 20 23:29:23 weir: ", "<190>Nov 20 23:29:23 host weir: ", "<14>Nov  2 03:29:23 host weir[123]: ",
        "<134>1 2026-11-20T23:29:23.003Z host haproxy 12 - [id@1 x=\"y\"] ", "<0>",
    ])
    func prefixesOfSyslogArePassedOver(_ prefix: String) throws {
        #expect(try read(prefix + #"{"s":"200","in":"1","out":"2"}"# + "\n").line.response.bytesOut == 2)
    }

    @Test func whatIsNotThereIsNothing() throws {
        let (line, texts) = try read(#"{"s":200,"in":"-","out":"","c":null,"k":"-","ip":"","u":null}"#)
        #expect(line.response == ResponseFacts(status: 200))
        #expect(texts.isEmpty)
    }

    @Test(arguments: ["0", "-1", "\"000\"", "\"-1\""])
    func anAnswerThatWasNeverSentIsTheClientsDoing(_ status: String) throws {
        #expect(try read("{\"s\":\(status)}").line.response.status == 499)
    }

    @Test(arguments: [
        ("", "expected an object at byte 0"),
        ("hello", "expected an object at byte 0"),
        ("[1]", "expected an object at byte 0"),
        ("{}", "s: expected a status at byte 2"),
        (#"{"s":200"#, "expected more at byte 8"),
        (#"{"s":200} x"#, "expected the end behind the object at byte 10"),
        (#"{"s":}"#, "expected a value at byte 5"),
        (#"{"s":99}"#, "s: expected a status from 100 to 599 at byte 5"),
        (#"{"s":600}"#, "s: expected a status from 100 to 599 at byte 5"),
        (#"{"s":"ok"}"#, "s: expected a status from 100 to 599 at byte 5"),
        (#"{"s":200.5}"#, "s: expected a status from 100 to 599 at byte 5"),
        (#"{"s":200,"s":201}"#, "s: expected it once at byte 13"),
        (#"{"s":200,"status":201}"#, "status: expected it once at byte 18"),
        (#"{"t":"-","t":"-","s":1}"#, "t: expected it once at byte 13"),
        (#"{"s":200,"out":-1}"#, "out: expected a whole number below 2^62 at byte 15"),
        (#"{"s":200,"in":4611686018427387904}"#, "in: expected a whole number below 2^62 at byte 14"),
        (#"{"s":200,"in":99999999999999999999}"#, "in: expected a whole number below 2^62 at byte 14"),
        (
            #"{"s":200,"t":"abc"}"#,
            "t: expected a ticket of 48 hexadecimal digits, - for a denied request, or nothing at byte 13"
        ),
        (#"{"s":200,"a":7}"#, "expected an object at byte 13"),
        (#"{"s":200,"k":{}}"#, "expected a value at byte 13"),
        ("<190>Nov 20 23:29:23 host weir: nothing", "expected an object behind the syslog prefix at byte 5"),
        ("<>{\"s\":200}", "expected a syslog priority such as <190> at byte 0"),
        ("<1900>{\"s\":200}", "expected a syslog priority such as <190> at byte 0"),
        ("<190", "expected a syslog priority such as <190> at byte 0"),
        ("{\"s\":200,\"k\":\"a\nb\"}", "expected no control character in a string at byte 15"),
    ])
    func whatIsNoLineIsRefusedWithItsReason(_ text: String, _ reason: String) {
        #expect(flaw(text) == reason)
    }

    @Test func moreAttributesThanThereIsRoomForAreRefused() {
        func line(_ count: Int) -> String {
            let members = (0..<count).map { "\"a\($0)\":\"v\"" }.joined(separator: ",")
            return "{\"s\":200,\"a\":{\(members)}}"
        }
        #expect(flaw(line(16)) == nil)
        #expect(flaw(line(17))?.hasPrefix("a: expected at most 16 attributes") == true)
        #expect(
            flaw("{\"s\":200,\"a\":{\"\(String(repeating: "n", count: 64))\":1}}")?.hasPrefix("a: expected names")
                == true)
    }

    @Test func everyBeginningOfALineIsRefusedAndTheWholeOneIsNot() throws {
        let lines = [
            "<190>Nov 20 23:29:23 weir: {\"t\":\"\(digits)\",\"s\":200,\"in\":5,\"a\":{\"x\":\"\\ud83d\\ude00\"},\"z\":[1.5e3,null]}",
            caddy(user: digits),
        ]
        for line in lines {
            let bytes = Array(line.utf8)
            for count in 0..<bytes.count {
                #expect(throws: LogFlaw.self, "\(count) bytes") { try read(Array(bytes[..<count])) }
            }
            _ = try read(bytes)
        }
    }

    // MARK: Caddy

    private func caddy(
        user: String = "", key: String = #""X-Api-Key":["key-1"],"#, more: String = "", answer: String = ""
    ) -> String {
        """
        {"level":"info","ts":1795644472.88,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":\
        "192.0.2.1","remote_port":"56794","proto":"HTTP/1.1","method":"POST","host":"api.example.com:8443","uri":"/a?x=1",\
        "headers":{"User-Agent":["curl"],\(key)"Content-Length":["6"],"Weir-Ticket":["\(digits)"]},"tls":{"resumed":false}\
        \(more)},"user_id":"\(user)","duration":0.0478,"size":600,"status":404,"resp_headers":{\(answer)"Server":["Caddy"]}}
        """
    }

    @Test func aLineOfCaddysIsRead() throws {
        let (line, texts) = try read(caddy())
        #expect(line.check == .unknown, "a client's own field is no ticket")
        #expect(line.response == ResponseFacts(status: 404, bytesIn: 6, bytesOut: 600))
        #expect(
            texts == [
                "api_key": "key-1", "ip": "192.0.2.1", "method": "POST", "path": "/a?x=1",
                "host": "api.example.com:8443",
            ])
        #expect(try read(caddy(more: #","client_ip":"198.51.100.7""#)).texts["ip"] == "198.51.100.7")
    }

    @Test func theTicketOfCaddysLineIsWhereItsConfigurationPutsIt() throws {
        let ticket = try #require(ticket)
        #expect(try read(caddy(user: digits)).line.check == .ticket(ticket))
        #expect(try read(caddy(user: "-")).line.check == .denied)
        #expect(try read(caddy(answer: "\"Weir-Ticket\":[\"\(digits)\"],")).line.check == .ticket(ticket))
        #expect(try read(caddy(answer: #""Weir-Ticket":["-"],"#)).line.check == .denied)
        #expect(try read(caddy(answer: #""Weir-Ticket":["what"],"#)).line.check == .unknown)
        let (line, texts) = try read(caddy(user: "ann"))
        #expect(line.check == .unknown && texts["user"] == "ann")
    }

    @Test(arguments: [
        (#""Authorization":["Bearer tok"],"#, "tok"), (#""Authorization":["bearer   tok"],"#, "tok"),
        (#""Authorization":["Basic dTpw"],"#, nil), (#""Authorization":[],"#, nil),
        (#""Authorization":["REDACTED"],"#, nil), (#""X-Api-Key":["REDACTED"],"#, nil),
        (#""Authorization":["Bearer tok"],"X-Api-Key":["key-1","key-2"],"#, "key-1"),
    ])
    func aKeyOfCaddysLineIsTheClients(_ fields: String, _ key: String?) throws {
        #expect(try read(caddy(key: fields)).texts["api_key"] == key)
    }

    @Test func whatNewerCaddysCountOutranksWhatTheClientAnnounced() throws {
        let line = caddy().replacing("\"size\":600", with: "\"bytes_read\":4,\"size\":600")
        #expect(try read(line).line.response.bytesIn == 4)
    }

    // MARK: Quotes

    @Test(arguments: [
        ("hello \"world\"", "hello \"world\""),
        ("a\n\u{1}\\b\u{e9}", "a\\x0a\\x01\\\\b\\xc3\\xa9"),
        ("{\"k\":\"weir_live_0123456789abcdef\"}", "{\"k\":\"weir…\"}"),
        (String(repeating: "ab,", count: 41), String(repeating: "ab,", count: 40) + "…"),
    ])
    func aQuoteShowsTheBeginningAndNoSecret(_ text: String, _ quote: String) {
        Array(text.utf8).withUnsafeBytes { #expect(LogQuote.quote($0) == quote) }
    }
}
