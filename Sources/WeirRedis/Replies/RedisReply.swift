/// One reply of a server.
package enum RedisReply: Equatable, Sendable {
    /// A whole number.
    case integer(Int64)
    /// A simple string, as `OK`.
    case status([UInt8])
    /// A string of any bytes.
    case bytes([UInt8])
    /// Nothing, where a string or an array could be.
    case none
    /// Several replies.
    case array([RedisReply])
    /// An error: a word in capitals, a space, and text.
    case error([UInt8])

    /// The bytes of a string, of either kind.
    package var text: [UInt8]? {
        switch self {
        case .status(let bytes), .bytes(let bytes): bytes
        default: nil
        }
    }

    /// The number of an integer.
    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number, also where it is written as text.
    package var number: Int64? {
        switch self {
        case .integer(let value): value
        case .status(let bytes), .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The elements of an array.
    package var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
