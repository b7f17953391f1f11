import WeirCore

#if canImport(WeirDoors)
import WeirDoors
#else
import WeirAgent
#endif

/// A request is answered or refused, with the same statuses whole and in two parts; nothing of an answer is beyond its room, and
/// each answer ends where it says.
///
/// Forty-eight `f` in an input stand for a ticket that the agent has given, so that reports and releases find one.
enum HTTPProperty {
    nonisolated(unsafe) private static let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 160 * 1_024, alignment: 64)
    nonisolated(unsafe) private static var door = HTTPDoor(seed: 1)
    /// What is taken is in a form of its own for each input, by its length.
    private static let policies = HeaderForm.allCases.map { form in
        HTTPPolicy(
            attributes: ["plan", "tenant"], trustedHops: 2, servesProxies: true, servesChecks: true,
            style: ResponseStyle(headers: form, jitter: form == .both ? .percent(30) : .none))
    }

    static func check(_ input: [UInt8]) {
        let policy = policies[input.count % policies.count]
        let input = withTicket(input)
        let whole = statuses([input], policy)
        // Denials depend on what came before; what is malformed, unknown or answered at all does not.
        let middle = input.count / 2
        let parts = statuses([Array(input[..<middle]), Array(input[middle...])], policy)
        precondition(whole.count == parts.count, "another number of answers in two parts")
        for (one, other) in zip(whole, parts) where one != other {
            precondition(
                [200, 403, 429, 401, 503].contains(one) && [200, 403, 429, 401, 503].contains(other),
                "\(one) or \(other)")
        }
    }

    /// The input with a fresh ticket in each place for one.
    private static func withTicket(_ input: [UInt8]) -> [UInt8] {
        let place = [UInt8](repeating: UInt8(ascii: "f"), count: Ticket.textBytes)
        guard var start = first(place, in: input, from: 0) else { return input }
        let fuzz = FuzzLimiter.shared
        fuzz.limiter.attributes.clear()
        let ticket = place.withBytes { bytes in
            fuzz.limiter.check(CheckRequest(cost: 3, mayWait: false, isReserve: true), in: bytes, now: fuzz.now).ticket
        }
        guard !ticket.isNone else { return input }
        let text = bytes(capacity: Ticket.textBytes) { ticket.writeText(to: &$0) }
        var filled = input
        while true {
            filled.replaceSubrange(start..<start + place.count, with: text)
            guard let next = first(place, in: filled, from: start + place.count) else { return filled }
            start = next
        }
    }

    private static func first(_ wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= wanted.count, start <= bytes.count - wanted.count else { return nil }
        return (start...bytes.count - wanted.count).first { bytes[$0...].starts(with: wanted) }
    }

    /// The statuses of all final answers to bytes that come in parts.
    private static func statuses(_ parts: [[UInt8]], _ policy: HTTPPolicy) -> [Int] {
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

    /// Reads answers one behind the other, as a client does: each begins where the one before has said that it ends.
    private static func statuses(in answers: UnsafeRawBufferPointer) -> [Int] {
        var statuses: [Int] = []
        var rest = String(decoding: answers, as: UTF8.self)[...]
        while !rest.isEmpty {
            precondition(rest.hasPrefix("HTTP/1.1 "), "an answer that does not begin where the one before ends")
            guard let status = Int(rest.dropFirst(9).prefix(3)) else { preconditionFailure("no status") }
            var length = 0
            var lines = 0
            while let end = rest.utf8.firstIndex(of: 0x0a) {
                let line = rest[..<end]
                rest = rest[rest.utf8.index(after: end)...]
                lines += 1
                if line.hasPrefix("Content-Length: ") { length = Int(line.dropFirst(16).dropLast()) ?? -1 }
                if line == "\r" { break }
            }
            precondition(length >= 0 && lines > 1, "no head, or no length")
            // A HEAD has no body, and the next answer follows at once.
            if !rest.isEmpty, !rest.hasPrefix("HTTP/1.1 ") {
                precondition(rest.utf8.count >= length, "an answer that is cut short")
                rest = rest[rest.utf8.index(rest.startIndex, offsetBy: length)...]
            }
            if status != 100 { statuses.append(status) }
        }
        return statuses
    }
}
