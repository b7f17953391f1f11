/// What a draw has reserved, in the fields of a charge: the key has the draw's window and terms, and the cell that counts it with its
/// hour; `tokens` are base units of the grant, `price` is the number of the route, `windowEnd` the units that the cell has.
extension OpenCharge {
    static func credit(_ draw: CreditDraw, hour: UInt32, route: Int, deadline: Int64) -> OpenCharge {
        let low = UInt64(UInt32(bitPattern: draw.place)) | UInt64(UInt32(bitPattern: draw.terms)) << 32
        return OpenCharge(
            key: Hash128(low: low, high: UInt64(draw.cell) | UInt64(hour) << 32), limit: credit, tokens: draw.cost,
            price: Int64(route), deadline: deadline, windowEnd: Int64(clamping: draw.units), isSlots: false,
            isOverflow: draw.isOverdraft)
    }

    /// -1 where an invoice pays.
    var drawPlace: Int { Int(Int32(truncatingIfNeeded: key.low)) }
    var drawTerms: Int { Int(Int32(truncatingIfNeeded: key.low >> 32)) }
    var drawCell: UInt32 { UInt32(truncatingIfNeeded: key.high) }
    var drawHour: UInt32 { UInt32(truncatingIfNeeded: key.high >> 32) }
    var reservedUnits: UInt64 { UInt64(max(0, windowEnd)) }
    /// Whether it was drawn while no collector was there.
    var isOverdraft: Bool { isOverflow }
}
