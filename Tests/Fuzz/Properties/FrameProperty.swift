import WeirCore

#if canImport(WeirDoors)
import WeirDoors
#else
import WeirAgent
#endif

/// A frame is read or refused, the same in one piece and from any prefix on; and the door survives whatever comes.
enum FrameProperty {
    static func check(_ input: [UInt8]) {
        let whole = input.withBytes { read($0) }
        // Prefixes of a few lengths: incomplete, or wrong in the same way.
        for step in 1...3 {
            let length = input.count * step / 4
            let part = input.withBytes { read($0.extracting(0..<length)) }
            precondition(part == .incomplete || part == whole || whole.isWhole, "a prefix is wrong in another way")
            if case .wrong = part { precondition(part == whole, "a prefix is wrong in another way") }
        }
        turn(input)
    }

    private enum Reading: Equatable {
        case incomplete
        case wrong(WireError)
        case read(FrameHeader)

        var isWhole: Bool { if case .read = self { true } else { false } }
    }

    private static func read(_ bytes: RawSpan) -> Reading {
        do throws(WireError) {
            guard let header = try FrameHeader(reading: bytes), header.length <= bytes.byteCount else {
                return .incomplete
            }
            try decode(bytes.extracting(0..<header.length), header)
            return .read(header)
        } catch {
            return .wrong(error)
        }
    }

    private static func decode(_ frame: RawSpan, _ header: FrameHeader) throws(WireError) {
        switch header.operation {
        case .hello: _ = try Hello(reading: frame)
        case .helloAnswer: _ = try HelloAnswer(reading: frame)
        case .check:
            var attributes = Attributes()
            _ = try CheckRequest(
                reading: frame, header: header, names: AttributeNames(["tenant", "x"]), into: &attributes)
            for index in 1...AttributeSlot.wellKnownNames.count {
                guard let range = attributes[AttributeSlot(index)] else { continue }
                precondition(!range.isEmpty && range.range.upperBound <= frame.byteCount, "a value beyond the frame")
            }
        case .checkAnswer: _ = try CheckAnswer(reading: frame, header: header)
        case .report:
            for index in 0..<(try Report.count(in: frame)) {
                let report = try Report(reading: frame, index: index)
                let again = Report.frame([report], id: header.id)
                do throws(WireError) {
                    let back = try again.withBytes { bytes throws(WireError) in try Report(reading: bytes, index: 0) }
                    precondition(back == report, "a report is not read back")
                } catch {
                    preconditionFailure("a report that was read is refused when it is written")
                }
            }
        case .reportAnswer: _ = try ReportAnswer(reading: frame)
        case .release: _ = try Release.count(in: frame)
        case .goaway: _ = try Goaway(reading: frame)
        case .error: _ = try ErrorFrame(reading: frame)
        case .releaseAnswer, .ping, .pingAnswer: break
        }
    }

    nonisolated(unsafe) private static let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 160 * 1_024, alignment: 64)
    private static let door = NativeDoor(incarnation: Hash128(low: 1, high: 2), agent: "fuzz")

    /// Everything that a connection could do with these bytes.
    private static func turn(_ input: [UInt8]) {
        let fuzz = FuzzLimiter.shared
        fuzz.pass()
        var offset = 0
        while true {
            var tally = DoorTally()
            var writer = ByteWriter(output)
            let progress = input.withBytes { bytes in
                door.turn(
                    bytes.extracting(offset..<bytes.byteCount), &fuzz.limiter, now: fuzz.now, output: &writer,
                    tally: &tally)
            }
            precondition(!writer.overflowed, "answers beyond their room")
            precondition(progress.consumed >= 0 && offset + progress.consumed <= input.count, "more than there was")
            offset += progress.consumed
            guard progress.next == .yield, progress.consumed > 0 else { return }
        }
    }
}
