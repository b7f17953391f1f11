/// What a cell's `grant` says: `grt_…` for units of a grant, `grt_…/METER` for money of it, `invoice/METER` for what is charged later.
struct DrawTag: BitwiseCopyable, Sendable {
    /// Nil for an invoice.
    let grant: RecordID?
    /// Where the meter's code is in the table's codes; no bytes for units.
    let codeStart: Int32
    let codeCount: Int32
    /// What of the cell's key says so.
    let digest: Hash128

    static let maximumCode = PolicyDocument.maximumNameBytes
    static let invoice: StaticString = "invoice"

    /// - Parameter seed: the key of cells' hashes.
    static func digest(_ grant: RecordID?, _ code: [UInt8], seed: Hash128) -> Hash128 {
        var hash = SipHash128(key: seed)
        if let grant {
            hash.append(grant.bits.low)
            hash.append(grant.bits.high)
        }
        if !code.isEmpty { code.withBytes { hash.appendCounted($0) } }
        return hash.finish()
    }
}
