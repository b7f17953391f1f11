import WeirCore

/// Reads the arguments of a `weir-check` message into the limiter's attributes.
struct SPOECheck {
    private(set) var cost: UInt64 = 1
    /// Whether a NOTIFY had one at all.
    private(set) var isThere = false
    /// Whether the message contradicts itself, or a value is not what its argument holds.
    private(set) var isUndecodable = false
    /// Attributes that an argument has given, so that a second one does not outrank the first.
    private var given: UInt32 = 0
    private var hasCost = false

    /// Bytes of values that were written as text, behind the frame.
    private(set) var textBytes = 0
    /// Bytes of the longest texts of all attributes together.
    static let maximumTextBytes = Attributes.capacity * SPOPText.maximumBytes

    /// A message begins. One decides; a second in the same NOTIFY would be answered in the same variables.
    mutating func begin(_ limiter: inout Limiter) {
        if isThere { isUndecodable = true }
        isThere = true
        limiter.attributes.clear()
    }

    /// Takes one argument.
    ///
    /// - Parameter scratch: room as long as the frame, which is not touched, and for texts behind it.
    mutating func take(
        _ name: RawSpan, _ value: SPOPValue, of frame: RawSpan, _ limiter: inout Limiter,
        scratch: inout FixedArray<UInt8>
    ) {
        switch name.byteCount {
        case 3 where name.equals("src"): set(.ip, value, of: frame, &limiter, &scratch)
        case 3 where name.equals("key"): set(.apiKey, value, of: frame, &limiter, &scratch)
        case 4 where name.equals("cost"): takeCost(value, of: frame)
        case 5 where name.equals("query"): break
        default:
            if let slot = limiter.slot(named: name) { set(slot, value, of: frame, &limiter, &scratch) }
        }
    }

    private mutating func takeCost(_ value: SPOPValue, of frame: RawSpan) {
        if hasCost { isUndecodable = true }
        hasCost = true
        if case .null = value { return }
        guard let number = value.number(frame), number <= WireLimits.maximumCost else {
            isUndecodable = true
            return
        }
        cost = number
    }

    /// Sets an attribute; null and an empty text are none.
    private mutating func set(
        _ slot: AttributeSlot, _ value: SPOPValue, of frame: RawSpan, _ limiter: inout Limiter,
        _ scratch: inout FixedArray<UInt8>
    ) {
        let bit = UInt32(1) << UInt32(slot.index)
        if given & bit != 0 {
            isUndecodable = true
            return
        }
        given |= bit
        if case .text(let range) = value {
            if !range.isEmpty { limiter.attributes.set(slot, range) }
            return
        }
        let start = frame.byteCount &+ textBytes
        let count = scratch.withMutableBytes { buffer in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
            return SPOPText.write(value, of: frame, to: &writer) ? writer.count : 0
        }
        guard count > 0 else { return }
        limiter.attributes.set(slot, ByteRange(start..<start &+ count))
        textBytes &+= count
    }
}
