import Testing
import WeirAgent
import WeirCore

@Suite struct NativeDoorTests {
    private func check(_ id: UInt64, ip: String = "192.0.2.1", peek: Bool = false) -> [UInt8] {
        CheckDraft(attributes: [("ip", Array(ip.utf8))], isPeek: peek).frame(id: id)
    }

    /// The frames in a stretch of output, as their headers.
    private func headers(_ output: [UInt8]) throws -> [FrameHeader] {
        try output.withBytes { bytes throws(WireError) in
            var headers: [FrameHeader] = []
            var offset = 0
            while offset < bytes.byteCount,
                let header = try FrameHeader(reading: bytes.extracting(offset..<bytes.byteCount))
            {
                headers.append(header)
                offset += header.length
            }
            return headers
        }
    }

    private func answer(_ output: [UInt8]) throws -> CheckAnswer {
        try output.withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else {
                throw WireError(.truncated, field: "header", offset: 0)
            }
            return try CheckAnswer(reading: bytes.extracting(0..<header.length), header: header)
        }
    }

    @Test func everyRequestIsAnsweredWithItsID() throws {
        let door = try DoorHarness()
        let frames =
            check(7) + Hello(client: "t/1").frame(id: 8) + FrameHeader.frame(.ping, id: 9) + check(10)
            + Release.frame([.none], id: 11) + Report.frame([Report(ticket: .none, status: 200)], id: 12)
        let (output, isClosed) = door.native([frames])
        #expect(!isClosed)
        let found = try headers(output)
        #expect(found.map(\.id) == [7, 8, 9, 10, 11, 12])
        #expect(
            found.map(\.operation) == [
                .checkAnswer, .helloAnswer, .pingAnswer, .checkAnswer, .releaseAnswer, .reportAnswer,
            ])
    }

    @Test func bytesMayComeOneByOneOrAllAtOnce() throws {
        let stream = (1...20).flatMap { check(UInt64($0), ip: "192.0.2.\($0 % 3)") }
        let whole = try DoorHarness().native([stream]).output
        let dripped = try DoorHarness().native(stream.map { [$0] }).output
        #expect(whole == dripped)
        #expect(try headers(whole).count == 20)
        for cut in stride(from: 1, to: stream.count, by: 7) {
            #expect(try DoorHarness().native([Array(stream[..<cut]), Array(stream[cut...])]).output == whole)
        }
    }

    @Test func aTurnDecidesAtMost64Frames() throws {
        let door = try DoorHarness()
        let stream = (1...150).flatMap { check(UInt64($0), peek: true) }
        var turns: [Int] = []
        var rest = stream
        while !rest.isEmpty {
            var progress = DoorProgress(consumed: 0, next: .read)
            let before = door.tally.requests
            rest.withBytes { input in
                _ = bytes(capacity: 64 * 1_024) { output in
                    progress = door.native.turn(
                        input, &door.limiter, now: door.now, output: &output, tally: &door.tally)
                }
            }
            turns.append(door.tally.requests - before)
            rest.removeFirst(progress.consumed)
            if progress.next == .read { break }
        }
        #expect(turns == [64, 64, 22])
    }

    @Test func aFullOutputWaitsForTheNextTurn() throws {
        let door = try DoorHarness()
        let stream = (1...10).flatMap { check(UInt64($0)) }
        var progress = DoorProgress(consumed: 0, next: .read)
        stream.withBytes { input in
            _ = bytes(capacity: NativeDoor.answerRoom + 10) { output in
                progress = door.native.turn(input, &door.limiter, now: door.now, output: &output, tally: &door.tally)
            }
        }
        #expect(progress.next == .yield)
        #expect(door.tally.requests == 1)
        #expect(progress.consumed == check(1).count)
    }

    @Test func aMalformedFrameGetsOneErrorThatNamesTheFieldAndTheConnectionCloses() throws {
        var bad = check(77)
        bad[20] = 200
        let door = try DoorHarness()
        let (output, isClosed) = door.native([check(1) + bad + check(2)])
        #expect(isClosed)
        let found = try headers(output)
        #expect(found.map(\.operation) == [.checkAnswer, .error])
        #expect(found[1].id == 77)
        let error = try Array(output[found[0].length...]).withBytes { bytes throws(WireError) in
            try ErrorFrame(reading: bytes)
        }
        #expect(error.code == WireError.Code.tooMany.rawValue)
        #expect(error.offset == 20)
        #expect(error.message.contains("attributes"))
        #expect(door.tally.malformed == 1)
    }

    @Test func aLyingLengthIsRefusedBeforeTheRestComes() throws {
        var huge = check(1)
        huge[0...3] = [0xff, 0xff, 0xff, 0x7f]
        let (output, isClosed) = try DoorHarness().native([Array(huge[..<4])])
        #expect(isClosed)
        #expect(try headers(output).map(\.operation) == [.error])
    }

    @Test func agentsOperationsAreNoRequests() throws {
        for operation in [Operation.checkAnswer, .goaway, .error] {
            let (_, isClosed) = try DoorHarness().native([FrameHeader.frame(operation, id: 1)])
            #expect(isClosed)
        }
    }

    @Test func aReportIsCountedOnce() throws {
        let door = try DoorHarness("default: 100/s")
        let ticket = try answer(door.native([check(1)]).output).ticket
        let report = Report.frame([Report(ticket: ticket, status: 200), Report(ticket: ticket, status: 200)], id: 2)
        let output = door.native([report]).output
        let counted = try output.withBytes { bytes throws(WireError) in try ReportAnswer(reading: bytes) }
        #expect(counted == ReportAnswer(accepted: 1, repeated: 1))
        let quiet = Report.frame([Report(ticket: ticket, status: 200)], id: 3, isQuiet: true)
        #expect(door.native([quiet]).output.isEmpty)
    }

    @Test func aReportWithOneBadEntryCountsNone() throws {
        let door = try DoorHarness("default: 100/s")
        let ticket = try answer(door.native([check(1)]).output).ticket
        var frame = Report.frame([Report(ticket: ticket, status: 200), Report(ticket: ticket, status: 200)], id: 2)
        frame[24 + 56 + 24] = 7
        #expect(door.native([frame]).isClosed)
        let good = Report.frame([Report(ticket: ticket, status: 200)], id: 3)
        let counted = try door.native([good]).output.withBytes { bytes throws(WireError) in
            try ReportAnswer(reading: bytes)
        }
        #expect(counted.accepted == 1)
    }

    @Test func theConsumerIsInTheAnswer() throws {
        let door = try DoorHarness()
        let frame = CheckDraft(attributes: [("consumer", Array("acme".utf8))]).frame(id: 1)
        #expect(try answer(door.native([frame]).output).consumer == "acme")
    }
}

extension FrameHeader {
    /// A frame with no payload.
    fileprivate static func frame(_ operation: Operation, id: UInt64) -> [UInt8] {
        bytes(capacity: WireLimits.headerBytes) {
            FrameHeader(length: WireLimits.headerBytes, operation: operation, id: id).write(to: &$0)
        }
    }
}
