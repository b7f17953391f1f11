import WeirCore

#if canImport(WeirDoors)
import WeirDoors
#else
import WeirAgent
#endif

/// A frame of HAProxy's is answered, refused or waited for, the same whole and in two parts; answers are whole frames, no larger than
/// what was agreed on, and nothing of one is beyond its room.
enum SPOEProperty {
    nonisolated(unsafe) private static let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 160 * 1_024, alignment: 64)
    nonisolated(unsafe) private static var door = SPOEDoor()
    /// HELLO as HAProxy sends it, so that an input may begin behind it.
    private static let hello: [UInt8] =
        [0, 0, 0, 64, 1, 0, 0, 0, 1, 0, 0, 18] + Array("supported-versions".utf8) + [8, 3, 0x32, 0x2e, 0x30, 14]
        + Array("max-frame-size".utf8) + [3, 0xf0, 1, 12] + Array("capabilities".utf8) + [8, 0]

    static func check(_ input: [UInt8]) {
        for start in [[], hello] {
            let maximum = start.isEmpty ? 16_380 : 256
            let whole = answers([start + input], maximum)
            let middle = input.count / 2
            let parts = answers([start + input[..<middle], Array(input[middle...])], maximum)
            precondition(whole == parts, "other answers in two parts")
            precondition(start.isEmpty || whole.first == 101, "HELLO was not answered")
        }
    }

    /// The types of all answers to bytes that come in parts, and 0 behind them when the connection ends.
    private static func answers(_ parts: [[UInt8]], _ maximum: Int) -> [UInt8] {
        let fuzz = FuzzLimiter.shared
        fuzz.pass()
        var session = SPOEDoor.Session()
        var waiting: [UInt8] = []
        var kinds: [UInt8] = []
        for part in parts {
            waiting += part
            while true {
                var tally = DoorTally()
                var held = HeldFrames(room: 0)
                var writer = ByteWriter(output)
                let progress = waiting.withBytes { bytes in
                    door.turn(
                        bytes, &session, &fuzz.limiter, now: fuzz.now, held: &held, output: &writer, tally: &tally)
                }
                precondition(!writer.overflowed, "answers beyond their room")
                precondition((0...waiting.count).contains(progress.consumed), "more than there was")
                writer.withWritten { kinds += Self.kinds(in: $0, maximum) }
                waiting.removeFirst(progress.consumed)
                if progress.next == .close { return kinds + [0] }
                if progress.next == .read || progress.consumed == 0 { break }
            }
        }
        return kinds
    }

    private static func kinds(in answers: UnsafeRawBufferPointer, _ maximum: Int) -> [UInt8] {
        var kinds: [UInt8] = []
        var offset = 0
        while offset < answers.count {
            precondition(answers.count - offset >= 11, "a frame that is cut")
            let length = (0..<4).reduce(0) { $0 << 8 | Int(answers[offset + $1]) }
            let kind = answers[offset + 4]
            precondition(length >= 7 && length <= answers.count - offset - 4, "a length that lies")
            precondition([101, 102, 103].contains(kind), "no frame of an agent")
            precondition(kind != 103 || length <= maximum, "an ACK that is larger than was agreed on")
            precondition(kind != 103 || length > 11, "an ACK without an action")
            kinds.append(kind)
            offset += 4 + length
        }
        return kinds
    }
}
