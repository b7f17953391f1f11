import CMallocCount
import Testing
import WeirAgent
import WeirCore
import WeirTestSupport

@Suite struct SPOEDoorTests {
    /// A door whose connection is greeted.
    private func greeted(_ policy: String = "default: 5/min by ip", maximumFrame: UInt64 = 16_380) throws -> DoorHarness
    {
        let door = try DoorHarness(policy)
        let (output, isClosed) = door.spoe([SPOPDraft.hello(maximumFrame: .unsigned(maximumFrame))])
        try #require(!isClosed)
        #expect(try SPOPAnswer.all(output)[0]["max-frame-size"] == "\(min(maximumFrame, 16_380))")
        return door
    }

    /// The one answer to one check.
    private func check(_ door: DoorHarness, _ arguments: SPOPDraft.Arguments) throws -> SPOPAnswer {
        let answers = try SPOPAnswer.all(door.spoe([SPOPDraft.check(arguments)]).output)
        try #require(answers.count == 1)
        return answers[0]
    }

    // MARK: What HAProxy sends

    @Test(arguments: try SPOEVector.all())
    func framesOfHAProxyAreAnsweredAsTheVectorsSay(_ vector: SPOEVector) throws {
        let door = try DoorHarness()
        let before = try vector.after.map { try SPOEVector.frame($0) }
        let known = try SPOPAnswer.all(door.spoe(before).output).count
        #expect(known == before.count)
        let (output, isClosed) = door.spoe([vector.frame])
        let answers = try SPOPAnswer.all(output)
        try #require(answers.count == 1)
        #expect(vector.isMet(by: answers[0], isClosed: isClosed), "\(answers[0])")
    }

    @Test func aConnectionMayBeSplitAtEveryByteAndComeAllAtOnce() throws {
        let names = ["hello-2.6", "check-2.6", "report-without-ticket", "check-2.6", "check-3.2", "disconnect-idle"]
        let stream = try names.flatMap { try SPOEVector.frame($0) }
        // No limit, so that one door may be asked again and again; tickets are always others.
        let door = try DoorHarness("no: deny when user=mallory")
        func answers(_ parts: [[UInt8]]) throws -> [String] {
            door.spoeSession = SPOEDoor.Session()
            let (output, isClosed) = door.spoe(parts)
            let ticket = /ticket=[0-9a-f]{48}/
            return try SPOPAnswer.all(output).map { $0.description.replacing(ticket, with: "ticket") } + ["\(isClosed)"]
        }
        let whole = try answers([stream])
        #expect(whole.count == 7)
        #expect(whole.last == "true")
        for cut in 1..<stream.count {
            let parts = try answers([Array(stream[..<cut]), Array(stream[cut...])])
            #expect(parts == whole, "cut at \(cut)")
        }
        #expect(try answers(stream.map { [$0] }) == whole)
    }

    // MARK: Checks

    @Test func aDenialSaysWhatTheRulesNeed() throws {
        let door = try greeted("all: 1/h by ip")
        let source: SPOPDraft.Arguments = [("src", .ipv4([192, 0, 2, 1])), ("consumer", .text("acme"))]
        let first = try check(door, source)
        #expect(first["deny"] == "false")
        #expect(first["retry_after"] == nil)
        #expect(first["body"] == nil)
        #expect(first["consumer"] == "acme")
        let ticket = try #require(first["ticket"])
        #expect(ticket.utf8.count == 48)
        door.now.microseconds += 1
        let second = try check(door, source)
        #expect(second["deny"] == "true")
        #expect(second["status"] == "429")
        #expect(second["reason"] == "rate")
        // A microsecond of the hour is over; whole seconds are never too early.
        #expect(second["retry_after"] == "3600")
        #expect(second["ratelimit"] == "\"all\";r=0;t=3600")
        #expect(second["policy"] == "\"all\";q=1;w=3600")
        #expect(second["ticket"] == nil)
        #expect(second["body"]?.contains("\"violated-policies\":[\"all\"]") == true)
        let other = try check(door, [("src", .ipv4([192, 0, 2, 2]))])
        #expect(other["deny"] == "false")
    }

    @Test func aRequestThatCanNeverPassHasNoTimeToComeBack() throws {
        let door = try greeted("no: deny 401 when no api_key; all: 5/h")
        let denied = try check(door, [("key", .null)])
        #expect(denied["status"] == "401")
        #expect(denied["retry_after"] == nil)
        #expect(denied["ratelimit"] == nil)
        #expect(try check(door, [("key", .text(""))])["status"] == "401")
        #expect(try check(door, [("key", .text("k"))])["deny"] == "false")
    }

    @Test func eachArgumentIsTheAttributeThatItsNameSays() throws {
        for (rule, argument) in [
            ("when path=/a/*", ("path", SPOPDraft.Value.text("/a/b"))), ("when method=PUT", ("method", .text("PUT"))),
            ("when host=api.example.com", ("host", .text("API.example.com:443"))),
            ("when ip=192.0.2.0/24", ("src", .ipv4([192, 0, 2, 77]))),
            ("when ip=2001:db8::/32", ("src", .ipv6([0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]))),
            ("when ip=192.0.2.0/24", ("src", .text("192.0.2.9"))),
            ("when ip=192.0.2.0/24", ("src", .ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]))),
            ("when user=ann", ("user", .text("ann"))), ("when plan=pro", ("plan", .text("pro"))),
            ("when consumer=acme", ("consumer", .text("acme"))), ("when product=shop", ("product", .text("shop"))),
            ("when route=search", ("route", .text("search"))), ("when tenant=t1", ("tenant", .text("t1"))),
            ("when port=8080", ("port", .int(8_080))), ("when port=-1", ("port", .int(-1))),
            ("when secure=true", ("secure", .bool(true))),
            ("when port=18446744073709551615", ("port", .unsigned(.max))),
            ("when via=2001:db8::1:0:0:1", ("via", .ipv6([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]))),
            ("when via=::", ("via", .ipv6([UInt8](repeating: 0, count: 16)))),
            ("when via=::ffff:192.0.2.1", ("via", .ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]))),
            ("when via=1:2:3:4:5:6:7:8", ("via", .ipv6([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]))),
            ("when via=0:2::", ("via", .ipv6([0, 0, 0, 2] + [UInt8](repeating: 0, count: 12)))),
            ("when via=::a0:2", ("via", .ipv6([UInt8](repeating: 0, count: 13) + [0xa0, 0, 2]))),
        ] {
            let door = try greeted("no: deny \(rule); all: 100/s")
            #expect(try check(door, [argument])["deny"] == "true", "\(rule) \(argument)")
            #expect(try check(door, [("query", .text("path=/a/b"))])["deny"] == "false")
        }
    }

    @Test func addressesAreOneKeyHoweverTheyAreSent() throws {
        let door = try greeted("all: 1/h by ip")
        #expect(try check(door, [("src", .ipv4([192, 0, 2, 1]))])["deny"] == "false")
        #expect(try check(door, [("src", .text("192.0.2.1"))])["deny"] == "true")
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]
        #expect(try check(door, [("src", .ipv6(mapped))])["deny"] == "true")
    }

    @Test func aKeyIsOneKeyUnderBothNames() throws {
        let door = try greeted("all: 1/h by api_key")
        #expect(try check(door, [("key", .text("k"))])["deny"] == "false")
        #expect(try check(door, [("api_key", .text("k"))])["deny"] == "true")
        #expect(try check(door, [("key", .text("another"))])["deny"] == "false")
    }

    @Test func theCostIsANumberOrTheDigitsOfOne() throws {
        for (cost, left) in [
            (SPOPDraft.Value.int(3), "97"), (.text("4"), "96"), (.unsigned(1), "99"), (.null, "99"), (.int(0), "100"),
        ] {
            let door = try greeted("all: 100/h")
            let answer = try check(door, [("cost", cost)])
            #expect(answer["ratelimit"]?.hasPrefix("\"all\";r=\(left)") == true, "\(cost) \(answer)")
        }
    }

    @Test func aCheckThatContradictsItselfIsDenied() throws {
        let twice: SPOPDraft.Arguments = [("user", .text("a")), ("user", .text("b"))]
        for arguments: SPOPDraft.Arguments in [
            twice, [("src", .ipv4([1, 2, 3, 4])), ("ip", .text("1.2.3.4"))], [("cost", .int(-1))],
            [("cost", .text("1e3"))], [("cost", .int(1 << 32))], [("cost", .int(1)), ("cost", .int(1))],
        ] {
            let door = try greeted("all: 5/h by user")
            let answer = try check(door, arguments)
            #expect(answer["deny"] == "true")
            #expect(answer["status"] == "400")
            #expect(answer["reason"] == "malformed")
            #expect(door.tally.malformed == 1)
        }
        let door = try greeted()
        let two = SPOPDraft.notify([("weir-check", [("user", .text("a"))]), ("weir-check", [("user", .text("b"))])])
        #expect(try SPOPAnswer.all(door.spoe([two]).output)[0]["status"] == "400")
    }

    @Test func idsAreRepeatedAndMeanNothing() throws {
        let door = try greeted("all: 1000/s")
        let ids: [(UInt64, UInt64)] = [(0, 1), (0, 1), (300, 1), (.max, 70_000), (7, 0)]
        let stream = ids.flatMap { SPOPDraft.check(stream: $0.0, frame: $0.1, [("user", .text("a"))]) }
        #expect(try SPOPAnswer.all(door.spoe([stream]).output).map(\.ids) == ids.map { [$0.0, $0.1] })
    }

    @Test func everyNotifyIsAnsweredByAnAction() throws {
        let door = try greeted()
        for messages: [(String, SPOPDraft.Arguments)] in [
            [], [("other", [("x", .bool(true)), ("y", .ipv4([1, 2, 3, 4])), ("z", .null)])], [("weir-report", [])],
            [("weir-chec", [])],
        ] {
            let answer = try SPOPAnswer.all(door.spoe([SPOPDraft.notify(messages)]).output)[0]
            #expect(answer.kind == SPOPAnswer.ack)
            #expect(answer["report"] == "none")
        }
        #expect(door.tally.unknownMessages == 2)
        #expect(door.tally.requests == 0)
        let both = SPOPDraft.notify([("other", []), ("weir-check", [("src", .ipv4([1, 2, 3, 4]))]), ("more", [])])
        #expect(try SPOPAnswer.all(door.spoe([both]).output)[0]["deny"] == "false")
    }

    @Test func answersFitWhatHAProxyTakesAndBeginWithTheVerdict() throws {
        let door = try greeted("a-rule-with-a-name-that-is-rather-long-for-a-name: 1/h by ip", maximumFrame: 256)
        let arguments: SPOPDraft.Arguments = [
            ("src", .ipv4([1, 2, 3, 4])), ("consumer", .text(String(repeating: "c", count: 200))),
        ]
        for verdict in ["false", "true"] {
            let answer = try check(door, arguments)
            #expect(answer.length <= 256)
            #expect(answer["deny"] == verdict)
            #expect(answer["consumer"] == nil)
            #expect(answer["body"] == nil)
            #expect(answer["reason"] != nil)
        }
    }

    @Test func framesLargerThanWhatWasAgreedOnAreTaken() throws {
        let door = try greeted(maximumFrame: 256)
        let long: SPOPDraft.Arguments = [
            ("path", .text("/" + String(repeating: "x", count: 16_900))), ("src", .ipv4([1, 2, 3, 4])),
        ]
        #expect(try check(door, long)["deny"] == "false")
    }

    @Test func aTurnDecidesAtMost64Frames() throws {
        let door = try greeted("all: 1000/s")
        let stream = (0..<70).flatMap { _ in SPOPDraft.check([]) }
        var progress = DoorProgress(consumed: 0, next: .read)
        stream.withBytes { input in
            _ = bytes(capacity: 256 * 1_024) { output in
                var held = HeldFrames(room: 0)
                progress = door.spoe.turn(
                    input, &door.spoeSession, &door.limiter, now: door.now, held: &held, output: &output,
                    tally: &door.tally)
            }
        }
        #expect(door.tally.requests == 64)
        #expect(progress == DoorProgress(consumed: stream.count / 70 * 64, next: .yield))
    }

    @Test func checksAndReportsAllocateNothing() throws {
        let door = try greeted("all: 1M/s burst 1M by ip; key: 5/h by api_key; by: 1M/s by port")
        let report: SPOPDraft.Arguments = [("ticket", .text(String(repeating: "0", count: 48))), ("status", .int(200))]
        let stream = SPOPDraft.notify([
            (
                "weir-check",
                [
                    ("src", .ipv6([0x20, 1] + [UInt8](repeating: 7, count: 14))), ("port", .int(443)),
                    ("key", .text("k")), ("path", .text("/a/../b")), ("consumer", .text("acme")), ("cost", .text("1")),
                ]
            ), ("weir-report", report), ("other", [("x", .bool(true))]),
        ])
        var room = [UInt8](repeating: 0, count: 4_096)
        func run(_ rounds: Int) -> Int {
            var written = 0
            for _ in 0..<rounds {
                door.now.microseconds += 3
                stream.withBytes { input in
                    room.withUnsafeMutableBytes { buffer in
                        var output = ByteWriter(buffer)
                        var held = HeldFrames(room: 8)
                        _ = door.spoe.turn(
                            input, &door.spoeSession, &door.limiter, now: door.now, held: &held, output: &output,
                            tally: &door.tally)
                        written += output.count
                    }
                }
            }
            return written
        }
        _ = run(100)
        let before = malloc_count()
        let written = run(20_000)
        #expect(malloc_count() - before == 0)
        #expect(written > 20_000 * 100)
    }

    // MARK: Reports

    @Test func aReportIsCountedOnce() throws {
        let door = try greeted("all: 5/h")
        let ticket = try #require(try check(door, [])["ticket"])
        func report(_ status: SPOPDraft.Value, _ length: SPOPDraft.Value = .text("12")) throws -> String? {
            let frame = SPOPDraft.notify([
                ("weir-report", [("ticket", .text(ticket)), ("status", status), ("bytes_out", length)])
            ])
            return try SPOPAnswer.all(door.spoe([frame]).output)[0]["report"]
        }
        #expect(try report(.int(99)) == "malformed")
        #expect(try report(.int(200), .int(-1)) == "malformed")
        #expect(try report(.null) == "malformed")
        #expect(try report(.int(200), .null) == "accepted")
        #expect(try report(.int(200)) == "repeated")
        #expect(door.tally.reports == 2)
        #expect(door.tally.malformed == 3)
    }

    @Test func aCheckAndAReportMayShareANotify() throws {
        let door = try greeted("all: 5/h")
        let ticket = try #require(try check(door, [])["ticket"])
        let frame = SPOPDraft.notify([
            ("weir-report", [("ticket", .text(ticket)), ("status", .int(200)), ("cost", .int(2))]), ("weir-check", []),
        ])
        let answer = try SPOPAnswer.all(door.spoe([frame]).output)[0]
        #expect(answer["deny"] == "false")
        #expect(answer["report"] == "accepted")
    }

    @Test func aReportFreesTheSlotOfItsRequest() throws {
        let door = try greeted("now: 1 concurrent by ip")
        let source: SPOPDraft.Arguments = [("src", .ipv4([192, 0, 2, 1]))]
        let ticket = try #require(try check(door, source)["ticket"])
        #expect(try check(door, source)["reason"] == "concurrency")
        _ = door.spoe([SPOPDraft.notify([("weir-report", [("ticket", .text(ticket)), ("status", .int(200))])])])
        #expect(try check(door, source)["deny"] == "false")
    }

    // MARK: What is refused

    @Test func whatCannotBeIsRefusedWithItsCode() throws {
        let hello = SPOPDraft.hello()
        let text = SPOPDraft.string
        for (name, frames, code) in [
            ("larger than any", [[0, 0, 0x44, 1]], 3), ("a length that lies", [[0xff, 0xff, 0xff, 0xff]], 3),
            ("shorter than any", [[0, 0, 0, 6]], 4), ("a check first", [SPOPDraft.check([])], 4),
            ("two hellos", [hello, hello], 4), ("an agent's hello", [SPOPDraft.frame(101, [])], 4),
            ("an agent's disconnect", [hello, SPOPDraft.frame(102, [])], 4),
            ("an ack", [hello, SPOPDraft.frame(103, [])], 4),
            ("a hello of a stream", [SPOPDraft.frame(1, stream: 1, Array(hello.dropFirst(11)))], 4),
            ("no versions", [SPOPDraft.hello(versions: nil)], 5),
            ("versions of another type", [SPOPDraft.hello(versions: .int(2))], 5),
            ("no max-frame-size", [SPOPDraft.hello(maximumFrame: nil)], 6),
            ("no capabilities", [SPOPDraft.hello(capabilities: nil)], 7),
            ("another version", [SPOPDraft.hello(versions: .text("1.0, 20.1,3.0"))], 8),
            ("a tiny max-frame-size", [SPOPDraft.hello(maximumFrame: .unsigned(255))], 9),
            ("the beginning of a payload", [hello, SPOPDraft.frame(3, flags: 0, [])], 10),
            ("the middle of a payload", [hello, SPOPDraft.frame(0, flags: 0, [])], 10),
            ("the end of a payload", [hello, SPOPDraft.frame(0, flags: 1, [])], 10),
            ("a payload given up", [hello, SPOPDraft.frame(3, flags: 3, [])], 10),
            ("a name that is cut", [hello, SPOPDraft.frame(3, [10, 1])], 4),
            ("a message without a count", [hello, SPOPDraft.frame(3, text("weir-check"))], 4),
            ("an argument too few", [hello, SPOPDraft.frame(3, text("weir-check") + [1])], 4),
            (
                "a value that is cut",
                [hello, SPOPDraft.frame(3, text("weir-check") + [1] + text("src") + [6, 1, 2, 3])], 4
            ),
            (
                "a text that is cut",
                [hello, SPOPDraft.frame(3, text("weir-check") + [1] + text("src") + [8, 2, 65])], 4
            ),
            ("no such type", [hello, SPOPDraft.frame(3, text("other") + [1] + text("a") + [10])], 4),
            (
                "an integer of eleven bytes",
                [hello, SPOPDraft.frame(3, [0xff] + [UInt8](repeating: 0x80, count: 9) + [0])], 4
            ),
            (
                "an integer of 65 bits",
                [hello, SPOPDraft.frame(3, [0xff] + [UInt8](repeating: 0xff, count: 8) + [0x7f])], 4
            ),
        ] {
            let door = try DoorHarness()
            let (output, isClosed) = door.spoe(frames.map { $0 })
            #expect(isClosed, "\(name)")
            let last = try #require(try SPOPAnswer.all(output).last, "\(name)")
            #expect(last.kind == SPOPAnswer.disconnect, "\(name)")
            #expect(last["status-code"] == "\(code)", "\(name): \(last)")
            #expect(last["message"]?.contains("expected") == true, "\(name): \(last)")
            #expect(door.tally.malformed == 1, "\(name)")
            #expect(door.tally.oversized == (code == 3 ? 1 : 0), "\(name)")
        }
    }

    @Test func versionsOfTheFutureAndFramesOfTheFutureAreNoTrouble() throws {
        let door = try DoorHarness()
        let hello = SPOPDraft.hello(
            versions: .text("3.1 , 2.4"), capabilities: .text(""), others: [("something", .ipv4([1, 2, 3, 4]))])
        let (output, isClosed) = door.spoe([hello + SPOPDraft.frame(77, [1, 2, 3]) + SPOPDraft.check([])])
        #expect(!isClosed)
        #expect(try SPOPAnswer.all(output).map(\.kind) == [SPOPAnswer.hello, SPOPAnswer.ack])
    }

    @Test func aDisconnectIsAnsweredAndEndsTheConnection() throws {
        for code in [0, 2, 4] as [UInt64] {
            let door = try greeted()
            let (output, isClosed) = door.spoe([SPOPDraft.disconnect(code: code) + SPOPDraft.check([])])
            #expect(isClosed)
            #expect(try SPOPAnswer.all(output).map { $0["status-code"] } == ["0"])
            #expect(door.tally.malformed == 0)
        }
    }
}
