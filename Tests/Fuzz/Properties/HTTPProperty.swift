import WeirCore

#if canImport(WeirDoors)
import WeirDoors
#else
import WeirAgent
#endif

/// A request is answered or refused, with the same statuses whole and in two parts; nothing of an answer is beyond its room.
enum HTTPProperty {
    nonisolated(unsafe) private static let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 160 * 1_024, alignment: 64)
    nonisolated(unsafe) private static var door = HTTPDoor()
    private static let policy = HTTPPolicy(
        attributes: ["plan", "tenant"], trustedHops: 2, servesProxies: true, servesChecks: true)

    static func check(_ input: [UInt8]) {
        let whole = statuses([input])
        // Denials depend on what came before; what is malformed, unknown or answered at all does not.
        let middle = input.count / 2
        let parts = statuses([Array(input[..<middle]), Array(input[middle...])])
        precondition(whole.count == parts.count, "another number of answers in two parts")
        for (one, other) in zip(whole, parts) where one != other {
            precondition(
                [200, 403, 429, 401].contains(one) && [200, 403, 429, 401].contains(other), "\(one) or \(other)")
        }
    }

    /// The statuses of all answers to bytes that come in parts.
    private static func statuses(_ parts: [[UInt8]]) -> [Int] {
        let fuzz = FuzzLimiter.shared
        fuzz.pass()
        var session = HTTPDoor.Session()
        var waiting: [UInt8] = []
        var statuses: [Int] = []
        for part in parts {
            waiting += part
            while true {
                var tally = DoorTally()
                var writer = ByteWriter(output)
                let progress = waiting.withBytes { bytes in
                    door.turn(
                        bytes, &session, policy, &fuzz.limiter, now: fuzz.now, output: &writer, tally: &tally)
                }
                precondition(!writer.overflowed, "answers beyond their room")
                precondition((0...waiting.count).contains(progress.consumed), "more than there was")
                writer.withWritten { statuses += Self.statuses(in: $0) }
                waiting.removeFirst(progress.consumed)
                if progress.next == .close { return statuses }
                if progress.next == .read || progress.consumed == 0 { break }
            }
        }
        return statuses
    }

    private static func statuses(in answers: UnsafeRawBufferPointer) -> [Int] {
        String(decoding: answers, as: UTF8.self).split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
    }
}
