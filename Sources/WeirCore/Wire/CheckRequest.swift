/// CHECK: may this request pass?
///
/// ```
///  16      20      22      24
///  ├───────┼───────┼───────┼──────────────────────
///  │cost   │count  │0      │ attributes …
///  └───────┴───────┴───────┴──────────────────────
///  each attribute:  id u8 · name length u8 · value length u16 · name · value
/// ```
package struct CheckRequest: Sendable {
    /// Flag bit: decide, but take nothing and count nothing.
    package static let peekFlag: UInt16 = 1 << 0
    /// Flag bit: answer at once, even when a lease would have to be asked for.
    package static let noWaitFlag: UInt16 = 1 << 1
    /// Flag bit: the cost is an estimate, which a report settles.
    package static let reserveFlag: UInt16 = 1 << 2
    /// Bytes before the first attribute, header included.
    package static let fixedBytes = 24

    /// Units that the request takes, before rules multiply it.
    package var cost: UInt64
    package var isPeek: Bool
    package var mayWait: Bool
    /// Whether the cost is an estimate, which a report settles.
    package var isReserve: Bool

    package init(cost: UInt64, isPeek: Bool = false, mayWait: Bool = true, isReserve: Bool = false) {
        self.cost = cost
        self.isPeek = isPeek
        self.mayWait = mayWait
        self.isReserve = isReserve
    }

    /// Reads a whole frame, and where its values lie into `attributes`, which it clears. Attributes that neither the
    /// protocol nor the policy names are skipped, as is anything after them.
    ///
    /// - Throws: `truncated`, `tooMany` or `badValue`, naming the field and its offset.
    package init(
        reading frame: RawSpan, header: FrameHeader, names: borrowing AttributeNames, into attributes: inout Attributes
    ) throws(WireError) {
        guard frame.byteCount >= Self.fixedBytes else {
            throw WireError(.truncated, field: "cost", offset: 16)
        }
        cost = UInt64(frame.uint32(16))
        isPeek = header.flags & Self.peekFlag != 0
        mayWait = header.flags & Self.noWaitFlag == 0
        isReserve = header.flags & Self.reserveFlag != 0
        attributes.clear()
        let count = Int(frame.uint16(20))
        guard count <= WireLimits.maximumAttributes else {
            throw WireError(.tooMany, field: "attributes", offset: 20)
        }
        var offset = Self.fixedBytes
        for _ in 0..<count {
            if let end = Self.readWellKnown(frame, at: offset, into: &attributes) {
                offset = end
                continue
            }
            offset = try Self.readAttribute(frame, at: offset, names: names, into: &attributes)
        }
    }

    /// Reads an attribute that has a number and comes for the first time, as most do; nil for any other, right or wrong.
    @inline(__always)
    private static func readWellKnown(_ frame: RawSpan, at start: Int, into attributes: inout Attributes) -> Int? {
        guard start &+ 4 <= frame.byteCount else { return nil }
        let head = frame.uint32(start)
        let (number, length) = (Int(head & 0xffff), Int(head >> 16))
        let (value, end) = (start &+ 4, start &+ 4 &+ length)
        // Above 255 it has a name.
        guard number > 0, number <= AttributeSlot.wellKnownCount, length <= WireLimits.maximumValueBytes,
            end <= min(frame.byteCount, Int(UInt16.max))
        else { return nil }
        guard
            attributes.add(
                number, ByteRange(offset: UInt16(truncatingIfNeeded: value), count: UInt16(truncatingIfNeeded: length)))
        else { return nil }
        return end
    }

    /// Reads one attribute and returns the offset after it.
    private static func readAttribute(
        _ frame: RawSpan, at start: Int, names: borrowing AttributeNames, into attributes: inout Attributes
    ) throws(WireError) -> Int {
        guard start + 4 <= frame.byteCount else {
            throw WireError(.truncated, field: "attribute", offset: start)
        }
        let head = frame.uint32(start)
        let number = Int(head & 0xff)
        let nameLength = Int(head >> 8 & 0xff)
        let valueLength = Int(head >> 16)
        guard valueLength <= WireLimits.maximumValueBytes else {
            throw WireError(.badValue, field: "attribute value length", offset: start + 2)
        }
        guard nameLength <= WireLimits.maximumNameBytes, (number == 0) == (nameLength > 0) else {
            throw WireError(.badValue, field: "attribute name length", offset: start + 1)
        }
        let value = start + 4 + nameLength
        guard value + valueLength <= frame.byteCount else {
            throw WireError(.truncated, field: "attribute value", offset: value)
        }
        let slot: AttributeSlot?
        if number == 0 {
            slot = names.slot(named: frame.extracting(start + 4..<value))
        } else if number <= AttributeSlot.wellKnownCount {
            slot = AttributeSlot(number)
        } else {
            slot = nil
        }
        if let slot {
            guard !attributes.has(slot) else {
                throw WireError(.badValue, field: "attribute given twice", offset: start)
            }
            // An empty value is no value: servers send one where a header is missing.
            if valueLength > 0 { attributes.set(slot, ByteRange(value..<value + valueLength)) }
        }
        return value + valueLength
    }
}
