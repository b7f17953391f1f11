/// Who a request is of, as the policy document says: the texts of consumer, key and contract, and what they add to its cell's key.
struct ContractIdentity: ~Copyable {
    private(set) var payer = Hash128(low: 0, high: 0)
    /// The list of windows that pay.
    private(set) var account = KnownKey.isFree
    /// The grant that pays; nil while none does.
    private(set) var grant: RecordID?
    private var contractCount = 0
    private var texts = FixedArray<UInt8>(count: KnownKey.textBytes, repeating: 0)

    init() {}

    @inline(__always)
    mutating func take(_ key: KnownKey, _ texts: RawSpan) {
        payer = key.payer
        account = key.account
        grant = nil
        contractCount = Int(key.contractCount)
        self.texts.copy(texts)
    }

    /// The request is paid by a grant, which its cell's key tells, too.
    mutating func draw(_ grant: RecordID, _ digest: Hash128) {
        self.grant = grant
        payer = payer ^ digest
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
