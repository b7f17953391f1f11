import WeirCore

/// HAPROXY-HELLO: what HAProxy speaks; and the answer to it.
struct SPOPHello {
    /// The version that is spoken.
    private static let version: StaticString = "2.0"
    /// Several requests at once on a connection, answered in any order. Neither `async` (answers on another connection) nor
    /// `fragmentation` (payloads in parts), which HAProxy 3.1 has no more.
    private static let capabilities: StaticString = "pipelining"
    /// The smallest `max-frame-size` that there is.
    private static let minimumFrameBytes: UInt64 = 256

    /// Bytes behind the length of the largest frame that HAProxy takes; 256 or more.
    private(set) var maximumFrameBytes = 0
    /// Whether this connection only asks whether the agent serves.
    private(set) var isHealthCheck = false

    /// - Throws: with the code that the protocol has for what is missing or cannot be.
    init(reading frame: RawSpan, _ head: SPOPFrame) throws(SPOPError) {
        guard frame.extracting(head.ids).equals("\0\0") else {
            throw SPOPError(.invalid, "HAPROXY-HELLO: expected stream-id 0 and frame-id 0")
        }
        var (hasVersions, isSpoken, hasCapabilities) = (false, false, false)
        var offered: UInt64?
        var cursor = SPOPCursor(head.payload)
        while !cursor.isAtEnd {
            let name = frame.extracting(try cursor.text(frame).range)
            let value = try cursor.value(frame)
            switch name.byteCount {
            case 11 where name.equals("healthcheck"):
                if case .bool(true) = value { isHealthCheck = true }
            case 12 where name.equals("capabilities"):
                // Empty in a health check.
                if case .text = value { hasCapabilities = true }
            case 14 where name.equals("max-frame-size"): offered = value.number(frame)
            case 18 where name.equals("supported-versions"):
                guard case .text(let range) = value else { continue }
                hasVersions = true
                isSpoken = Self.namesVersion2(frame.extracting(range.range))
            default: break
            }
        }
        guard hasVersions else { throw SPOPError(.noVersion, "HAPROXY-HELLO: expected supported-versions, a string") }
        guard isSpoken else { throw SPOPError(.unsupportedVersion, "supported-versions: expected 2.0 among them") }
        guard let offered else {
            throw SPOPError(.noMaximumFrameSize, "HAPROXY-HELLO: expected max-frame-size, a number")
        }
        guard offered >= Self.minimumFrameBytes else {
            throw SPOPError(.badMaximumFrameSize, "max-frame-size: expected 256 or more")
        }
        guard hasCapabilities else {
            throw SPOPError(.noCapabilities, "HAPROXY-HELLO: expected capabilities, a string")
        }
        maximumFrameBytes = Int(clamping: offered)
    }

    /// Whether a comma list names a version 2.x; who speaks that speaks 2.0.
    private static func namesVersion2(_ list: RawSpan) -> Bool {
        var start = 0
        while start < list.byteCount {
            while start < list.byteCount, list.byte(start) == UInt8(ascii: " ") { start &+= 1 }
            let end = list.firstIndex(of: UInt8(ascii: ","), from: start) ?? list.byteCount
            if end &- start >= 3, list.byte(start) == UInt8(ascii: "2"), list.byte(start &+ 1) == UInt8(ascii: ".") {
                return true
            }
            start = end &+ 1
        }
        return false
    }

    /// AGENT-HELLO.
    static func writeAnswer(maximumFrameBytes: Int, to output: inout ByteWriter) {
        let start = SPOPFrame.begin(.agentHello, in: &output)
        output.append(named: "version")
        output.append(typed: version)
        output.append(named: "max-frame-size")
        output.append(typed: UInt64(maximumFrameBytes), as: .uint32)
        output.append(named: "capabilities")
        output.append(typed: capabilities)
        SPOPFrame.end(start, in: &output)
    }

    /// AGENT-DISCONNECT: the last frame of a connection.
    static func writeDisconnect(_ reason: SPOPError, to output: inout ByteWriter) {
        let start = SPOPFrame.begin(.agentDisconnect, in: &output)
        output.append(named: "status-code")
        output.append(typed: UInt64(reason.code.rawValue), as: .uint32)
        output.append(named: "message")
        output.append(typed: reason.message)
        SPOPFrame.end(start, in: &output)
    }
}
