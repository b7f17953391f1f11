/// One reply of a server.
package enum RedisReply: Equatable, Sendable {
    case integer(Int64)
    /// A simple string, as `OK`.
    case status([UInt8])
    case bytes([UInt8])
    case none
    case array([RedisReply])
    /// An error: a word in capitals, a space, and text.
    case error([UInt8])

    /// The bytes of a string, of either kind.
    var text: [UInt8]? {
        switch self {
        case .status(let bytes), .bytes(let bytes): bytes
        default: nil
        }
    }

    var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number, also where it is written as text.
    var number: Int64? {
        switch self {
        case .integer(let value): value
        case .status(let bytes), .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
