/// What a cell's `grant` says: `grt_…` for units of a grant, `grt_…/METER` for money of it, `invoice/METER` for what is charged later.
struct DrawTag: Sendable {
    /// Nil for an invoice.
    let grant: RecordID?
    /// The meter's code in UTF-8, at most `maximumCode` bytes; empty for units.
    let code: [UInt8]
    /// What of the cell's key says so.
    let digest: Hash128

    static let maximumCode = PolicyDocument.maximumNameBytes
    static let invoice: StaticString = "invoice"

    /// - Parameter seed: the key of cells' hashes.
    init(grant: RecordID?, code: String, seed: Hash128) {
        self.grant = grant
        self.code = Array(code.utf8.prefix(Self.maximumCode))
        var hash = SipHash128(key: seed)
        if let grant {
            hash.append(grant.bits.low)
            hash.append(grant.bits.high)
        }
        if !self.code.isEmpty { self.code.withBytes { hash.appendCounted($0) } }
        digest = hash.finish()
    }
}
