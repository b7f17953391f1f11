/// A piece of one dictionary entry in the mapped file: 64 bytes, chained.
///
/// ```
///  0      4      6    7    8        12                                          64
///  ├──────┼──────┼────┼────┼────────┼───────────────────────────────────────────┤
///  │ next │length│kind│ 0  │ CRC    │ payload: in a head the key, then the texts │
///  └──────┴──────┴────┴────┴────────┴───────────────────────────────────────────┘
/// ```
/// `length` counts the texts of the whole entry, the CRC covers key and texts; both in the head only.
struct DictionaryBlock: BitwiseCopyable, Sendable {
    enum Kind {
        static let free: UInt8 = 0
        static let head: UInt8 = 1
        static let tail: UInt8 = 2
    }

    static let payloadBytes = 52
    static let keyBytes = 16
    /// The end of a chain.
    static let none = UInt32.max

    var next: UInt32
    var length: UInt16
    var kind: UInt8
    private var padding: UInt8 = 0
    var checksum: UInt32
    var payload: InlineArray<52, UInt8>

    static let free = DictionaryBlock(kind: Kind.free, next: none)

    init(kind: UInt8, next: UInt32) {
        self.kind = kind
        self.next = next
        length = 0
        checksum = 0
        payload = InlineArray(repeating: 0)
    }

    /// Blocks that an entry of so many bytes of text takes.
    static func count(_ length: Int) -> Int { (keyBytes + length + payloadBytes - 1) / payloadBytes }
}
