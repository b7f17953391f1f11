import WeirAgent
import WeirCalendar
import WeirCore

/// A limiter and the doors before it, over plain memory: bytes in, bytes out, with a clock that the test turns.
final class DoorHarness {
    var limiter: Limiter
    var http = HTTPDoor()
    var session = HTTPDoor.Session()
    var spoe = SPOEDoor()
    var spoeSession = SPOEDoor.Session()
    let native = NativeDoor(incarnation: Hash128(low: 1, high: 2), agent: "weir-agent test")
    var now = Instant(microseconds: 1_000_000_000, wallMicroseconds: 500_000 * 3_600_000_000)
    var tally = DoorTally()
    private let region: UnsafeMutableRawBufferPointer

    init(_ policy: String = "default: 5/min by ip") throws {
        region = .allocate(byteCount: UsageTable.byteCount(100), alignment: 64)
        region.initializeMemory(as: UInt8.self, repeating: 0)
        limiter = try Limiter(
            policy: Policy([PolicySource(name: "test", text: policy)], almanac: ZoneAlmanac()), almanac: ZoneAlmanac(),
            maximumKeys: 100,
            namespace: Hash128(low: 1, high: 2), ticketSecret: Hash128(low: 3, high: 4), enforcement: .on,
            usage: UsageTable(over: region, maximumKeys: 100), now: now)
    }

    deinit { region.deallocate() }

    /// What the native door makes of bytes that come in parts, as a connection would feed it; stops when it closes.
    func native(_ parts: [[UInt8]]) -> (output: [UInt8], isClosed: Bool) {
        feed(parts) { input, output in
            native.turn(input, &limiter, now: now, output: &output, tally: &tally)
        }
    }

    /// What the HTTP door makes of text that comes in parts.
    func http(_ parts: [String], _ policy: HTTPPolicy = .everything) -> (output: String, isClosed: Bool) {
        let (output, isClosed) = feed(parts.map { Array($0.utf8) }) { input, output in
            http.turn(input, &session, policy, &limiter, now: now, output: &output, tally: &tally)
        }
        return (String(decoding: output, as: UTF8.self), isClosed)
    }

    /// What HAProxy's door makes of bytes that come in parts; stops when it closes.
    func spoe(_ parts: [[UInt8]]) -> (output: [UInt8], isClosed: Bool) {
        feed(parts) { input, output in
            var held = HeldFrames(room: 0)
            return spoe.turn(
                input, &spoeSession, &limiter, now: now, held: &held, output: &output, tally: &tally)
        }
    }

    private func feed(
        _ parts: [[UInt8]], _ turn: (RawSpan, inout ByteWriter) -> DoorProgress
    ) -> (output: [UInt8], isClosed: Bool) {
        var waiting: [UInt8] = []
        var output: [UInt8] = []
        for part in parts {
            waiting += part
            while true {
                let (progress, answer) = waiting.withBytes { input -> (DoorProgress, [UInt8]) in
                    var progress = DoorProgress(consumed: 0, next: .read)
                    let answer = bytes(capacity: 16 * 1_024) { progress = turn(input, &$0) }
                    return (progress, answer)
                }
                output += answer
                waiting.removeFirst(progress.consumed)
                if progress.next == .close { return (output, true) }
                if progress.next == .read { break }
            }
        }
        return (output, false)
    }

    /// A response that was read back.
    struct Response {
        var status: Int
        var headers: [String: String]
        var body: String

        subscript(name: String) -> String? { headers[name.lowercased()] }
    }

    /// One request, its one response.
    func ask(_ target: String, _ headers: [String] = [], method: String = "GET", policy: HTTPPolicy = .everything)
        throws -> Response
    {
        let request = "\(method) \(target) HTTP/1.1\r\nHost: weir\r\n" + headers.map { "\($0)\r\n" }.joined() + "\r\n"
        return try Self.responses(http([request], policy).output)[0]
    }

    /// The responses in a stretch of output.
    static func responses(_ text: String) throws -> [Response] {
        var responses: [Response] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard let end = rest.indices.first(where: { rest[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
                throw Unreadable(text: String(decoding: rest, as: UTF8.self))
            }
            let lines = String(decoding: rest[..<end], as: UTF8.self).components("\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { throw Unreadable(text: line) }
                let value = line[line.index(after: colon)...]
                headers[line[..<colon].lowercased()] = String(value.drop { $0 == " " })
            }
            let status = Int(lines[0].components(" ")[1]) ?? 0
            guard let length = headers["content-length"].flatMap({ Int($0) }) else { throw Unreadable(text: lines[0]) }
            let body = rest[(end + 4)...].prefix(length)
            responses.append(Response(status: status, headers: headers, body: String(decoding: body, as: UTF8.self)))
            rest = rest[(end + 4 + length)...]
        }
        return responses
    }

    struct Unreadable: Error {
        let text: String
    }
}

extension HTTPPolicy {
    static let everything = HTTPPolicy(
        attributes: ["plan", "login_name"], trustedHops: 1, servesProxies: true, servesChecks: true)
}

extension StringProtocol {
    /// The parts between occurrences of a separator.
    func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(separator.count)
            } else {
                part.append(rest.removeFirst())
            }
        }
        return parts + [part]
    }
}
