/// Who a request is of, as the policy document says: the texts of consumer, key and contract, and what they add to its cell's key.
struct ContractIdentity: ~Copyable {
    private(set) var payer = Hash128(low: 0, high: 0)
    /// The same without what is drawn on.
    private var undrawn = Hash128(low: 0, high: 0)
    /// The list of windows that pay.
    private(set) var account = KnownKey.isFree
    /// Whether another subscription pays when this one is used up.
    private(set) var hasNext = false
    /// Whether something pays: a grant, or an invoice where that is nil; and the code of the meter that it pays for, where it is money.
    private(set) var isDrawn = false
    private var grant: RecordID?
    private var codeCount = 0
    private var code = FixedArray<UInt8>(count: DrawTag.maximumCode, repeating: 0)
    private var contractCount = 0
    private var texts = FixedArray<UInt8>(count: KnownKey.textBytes, repeating: 0)

    init() {}

    @inline(__always)
    mutating func take(_ key: KnownKey, _ texts: RawSpan) {
        payer = key.payer
        undrawn = key.payer
        account = key.account
        hasNext = key.hasNext
        isDrawn = false
        contractCount = Int(key.contractCount)
        self.texts.copy(texts)
    }

    /// The request is paid by what a tag says, which its cell's key tells, too.
    @inline(__always)
    mutating func draw(_ tag: DrawTag) {
        isDrawn = true
        grant = tag.grant
        payer = undrawn ^ tag.digest
        codeCount = Int(tag.codeCount)
    }

    /// A byte of the code that a tag says there is.
    mutating func name(_ index: Int, _ byte: UInt8) { code[index] = byte }

    /// `grt_…`, `grt_…/METER` or `invoice/METER`, with its length in a byte before it.
    func writeGrant(to writer: inout ByteWriter) {
        let payer = grant == nil ? DrawTag.invoice.utf8CodeUnitCount : RecordID.byteCount
        writer.append(UInt8(payer + (codeCount > 0 ? 1 + codeCount : 0)))
        if let grant { grant.write(RecordID.grant) { writer.append($0) } } else { writer.append(DrawTag.invoice) }
        guard codeCount > 0 else { return }
        writer.append(UInt8(ascii: "/"))
        code.withBytes(0..<codeCount) { writer.append($0) }
    }

    func withConsumer<Result>(_ body: (RawSpan) -> Result) -> Result { texts.withBytes(0..<KnownKey.keyStart, body) }

    func withKeyID<Result>(_ body: (RawSpan) -> Result) -> Result {
        texts.withBytes(KnownKey.keyStart..<KnownKey.contractStart, body)
    }

    /// An empty text where there is no contract.
    func withContract<Result>(_ body: (RawSpan) -> Result) -> Result {
        texts.withBytes(KnownKey.contractStart..<KnownKey.contractStart &+ contractCount, body)
    }
}
