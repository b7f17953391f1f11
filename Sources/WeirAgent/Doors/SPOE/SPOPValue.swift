import WeirCore

/// A typed value of SPOP; texts and addresses lie in the frame that they came in.
enum SPOPValue: BitwiseCopyable, Sendable {
    /// What HAProxy sends for a sample that it does not have.
    case null
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    /// Four or sixteen bytes in network order.
    case ipv4(ByteRange)
    case ipv6(ByteRange)
    /// A string, or bytes.
    case text(ByteRange)

    /// The type in the low half of a value's first byte.
    enum Kind: UInt8 {
        case null, bool, int32, uint32, int64, uint64, ipv4, ipv6, string, binary
    }

    /// The bit of a value's first byte that makes a BOOL true.
    static let trueFlag: UInt8 = 0x10

    /// A whole number that is not negative, also from decimal digits, as headers are strings; nil for anything else.
    func number(_ frame: RawSpan) -> UInt64? {
        switch self {
        case .signed(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        case .text(let range): HTTPHead.number(frame.extracting(range.range)).map { UInt64($0) }
        case .null, .bool, .ipv4, .ipv6: nil
        }
    }
}
