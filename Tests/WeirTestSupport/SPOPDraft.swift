/// Frames as HAProxy sends them, made for tests by the protocol's text.
package enum SPOPDraft {
    package enum Value {
        case null
        case bool(Bool)
        case int(Int64)
        case unsigned(UInt64)
        case ipv4([UInt8])
        case ipv6([UInt8])
        case text(String)

        fileprivate var bytes: [UInt8] {
            switch self {
            case .null: [0]
            case .bool(let isTrue): [isTrue ? 0x11 : 0x01]
            case .int(let number): [4] + varint(UInt64(bitPattern: number))
            case .unsigned(let number): [3] + varint(number)
            case .ipv4(let bytes): [6] + bytes
            case .ipv6(let bytes): [7] + bytes
            case .text(let text): [8] + string(text)
            }
        }
    }

    package typealias Arguments = [(String, Value)]

    package static func varint(_ number: UInt64) -> [UInt8] {
        if number < 240 { return [UInt8(number)] }
        var bytes = [UInt8(number & 0xff) | 0xf0]
        var rest = (number - 240) >> 4
        while rest >= 128 {
            bytes.append(UInt8(rest & 0xff) | 0x80)
            rest = (rest - 128) >> 7
        }
        return bytes + [UInt8(rest)]
    }

    package static func string(_ text: String) -> [UInt8] { varint(UInt64(text.utf8.count)) + Array(text.utf8) }

    package static func pairs(_ pairs: Arguments) -> [UInt8] { pairs.flatMap { string($0.0) + $0.1.bytes } }

    /// A frame of any type, flags and payload.
    package static func frame(
        _ kind: UInt8, flags: UInt32 = 1, stream: UInt64 = 0, frame: UInt64 = 0, _ payload: [UInt8]
    ) -> [UInt8] {
        let rest =
            [kind] + bigEndian(flags) + varint(stream) + varint(frame) + payload
        return bigEndian(UInt32(rest.count)) + rest
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    package static func hello(
        versions: Value? = .text("2.0"), maximumFrame: Value? = .unsigned(16_380),
        capabilities: Value? = .text("pipelining"), others: Arguments = []
    ) -> [UInt8] {
        var all: Arguments = []
        if let versions { all.append(("supported-versions", versions)) }
        if let maximumFrame { all.append(("max-frame-size", maximumFrame)) }
        if let capabilities { all.append(("capabilities", capabilities)) }
        return frame(1, pairs(all + others))
    }

    package static func notify(
        stream: UInt64 = 1, frame: UInt64 = 1, _ messages: [(String, Arguments)]
    ) -> [UInt8] {
        Self.frame(
            3, stream: stream, frame: frame,
            messages.flatMap { string($0.0) + [UInt8($0.1.count)] + pairs($0.1) })
    }

    package static func check(stream: UInt64 = 1, frame: UInt64 = 1, _ arguments: Arguments) -> [UInt8] {
        notify(stream: stream, frame: frame, [("weir-check", arguments)])
    }

    package static func disconnect(code: UInt64 = 0) -> [UInt8] {
        frame(2, pairs([("status-code", .unsigned(code)), ("message", .text("bye"))]))
    }
}
