/// Looks at the keys of requests: the book, and a bounded cache of keys that were seen before.
///
/// A key is found by a keyed hash of its raw bytes; the digest that it is stored by is worked out only for a key that is in no cache. Keys
/// that are known and keys that are not have caches of their own, so that a spray of invented keys pushes out nobody's. An entry is of
/// one edition of the book: when the book is swapped each is found again by its digest, at its next use, so that a key that is
/// revoked is denied from the next check on, and one that was unknown is known.
package struct ContractDesk: ~Copyable {
    private(set) var book = ContractBook()
    private(set) var edition: UInt32 = 1
    /// What this agent holds of what consumers have bought.
    var windows: WindowTable
    private let hasher: KeyHasher?
    /// The secret of this run under which raw keys are hashed.
    private let secret: Hash128
    /// The key of cells' hashes, which all agents of the fleet share.
    private let seed: Hash128
    private let consumerSeed: Hash128
    private var known: FixedArray<KnownKey>
    private var texts: FixedArray<UInt8>
    private var unknown: FixedArray<UnknownKey>
    private var clock: UInt32 = 0
    package private(set) var counters = DeskCounters()

    /// Entries of one row, which is searched as a whole; the one that was used longest ago makes room.
    private static var ways: Int { 8 }

    /// A desk that decides on keys.
    ///
    /// - Parameters:
    ///   - hasher: computes digests.
    ///   - knownKeys: keys, each at each of its products, that are kept; at least so many.
    ///   - unknownKeys: unknown keys that are kept.
    ///   - windows: credit windows that there can be.
    package init(
        hasher: KeyHasher, namespace: Hash128, secret: Hash128, knownKeys: Int, unknownKeys: Int = 4_096,
        windows: Int = 65_536
    ) {
        self.init(
            hasher, namespace: namespace, secret: secret, known: Self.rounded(knownKeys),
            unknown: Self.rounded(unknownKeys), windows: windows)
    }

    /// The desk of an agent that is given no contracts.
    static func closed(namespace: Hash128) -> ContractDesk {
        ContractDesk(nil, namespace: namespace, secret: Hash128(low: 0, high: 0), known: 0, unknown: 0, windows: 0)
    }

    private init(
        _ hasher: KeyHasher?, namespace: Hash128, secret: Hash128, known: Int, unknown: Int, windows: Int
    ) {
        self.windows = WindowTable(maximum: windows, namespace: namespace)
        self.hasher = hasher
        self.secret = secret
        seed = Hash128(deriving: "usage", under: namespace)
        consumerSeed = PolicyTables.digestSeed(of: .consumer, under: namespace)
        self.known = FixedArray(count: known, repeating: .empty)
        texts = FixedArray(count: known * KnownKey.textBytes, repeating: 0)
        self.unknown = FixedArray(count: unknown, repeating: .empty)
    }

    private static func rounded(_ count: Int) -> Int {
        var rounded = ways
        while rounded < count { rounded *= 2 }
        return rounded
    }

    /// Whether it decides on keys at all.
    package var isOpen: Bool { hasher != nil }

    /// Bytes of the caches.
    package var cacheByteCount: Int {
        known.count * (MemoryLayout<KnownKey>.stride + KnownKey.textBytes)
            + unknown.count * MemoryLayout<UnknownKey>.stride
    }

    package var version: Int64 { book.version }

    /// Puts another book in force, and gives the one before, for its end to be somebody else's work.
    mutating func exchange(_ next: consuming ContractBook) -> ContractBook {
        let before = book
        book = next
        edition &+= 1
        // 0 is an entry of nothing.
        if edition == 0 { edition = 1 }
        return before
    }

    // MARK: Looking at a key

    /// What a check of a product is to know of its key.
    ///
    /// - Parameters:
    ///   - key: the raw key.
    ///   - rank: which of the subscriptions that serve it; each has an entry of its own.
    /// - Returns: the reason why it may not pass, `ok` where it may; and the entry that says who it is, -1 where nobody knows.
    mutating func look(
        at key: RawSpan, product: UInt32, rank: Int = 0, seconds: Int64, _ policy: borrowing CompiledPolicy
    ) -> (reason: Reason, entry: Int) {
        guard key.byteCount == KeyText.byteCount else {
            counters.malformed &+= 1
            return (.keyUnknown, -1)
        }
        var hash = SipHash128.hash(key, key: secret)
        hash.high ^= UInt64(product &+ 1) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(rank) &* 0xc2b2_ae3d_27d4_eb4f
        clock &+= 1
        let row = Int(truncatingIfNeeded: hash.low) & (known.count / Self.ways &- 1)
        for entry in row &* Self.ways..<(row &+ 1) &* Self.ways
        where known[entry].hash == hash && known[entry].edition != 0 {
            known[entry].used = clock
            if known[entry].edition == edition, seconds < known[entry].changesAt { return (known[entry].reason, entry) }
            return renew(entry, product, rank, seconds, policy)
        }
        return lookUp(key, hash, product, rank, seconds, policy)
    }

    mutating func countMissing() { counters.missing &+= 1 }

    /// Finds a known key again, in another book or at another time.
    private mutating func renew(
        _ entry: Int, _ product: UInt32, _ rank: Int, _ seconds: Int64, _ policy: borrowing CompiledPolicy
    ) -> (Reason, Int) {
        guard let number = book.key(known[entry].digest) else {
            let (hash, digest) = (known[entry].hash, known[entry].digest)
            known[entry] = .empty
            note(unknown: hash, digest)
            counters.unknown &+= 1
            return (.keyUnknown, -1)
        }
        fill(entry, number, product, rank, seconds, policy)
        return (known[entry].reason, entry)
    }

    /// A key that is not in the cache of known ones.
    @inline(never)
    private mutating func lookUp(
        _ key: RawSpan, _ hash: Hash128, _ product: UInt32, _ rank: Int, _ seconds: Int64,
        _ policy: borrowing CompiledPolicy
    ) -> (Reason, Int) {
        var digest: Hash128?
        let row = Int(truncatingIfNeeded: hash.low) & (unknown.count / Self.ways &- 1)
        for place in row &* Self.ways..<(row &+ 1) &* Self.ways
        where unknown[place].hash == hash && unknown[place].edition != 0 {
            unknown[place].used = clock
            if unknown[place].edition == edition {
                counters.unknown &+= 1
                return (.keyUnknown, -1)
            }
            digest = unknown[place].digest
            unknown[place] = .empty
            break
        }
        if digest == nil {
            guard KeyText.isWellFormed(key), let hasher else {
                counters.malformed &+= 1
                return (.keyUnknown, -1)
            }
            counters.digests &+= 1
            digest = hasher.digest(key).head
        }
        guard let digest, let number = book.key(digest) else {
            if let digest { note(unknown: hash, digest) }
            counters.unknown &+= 1
            return (.keyUnknown, -1)
        }
        let entry = room(for: hash)
        known[entry] = .empty
        (known[entry].hash, known[entry].digest, known[entry].used) = (hash, digest, clock)
        fill(entry, number, product, rank, seconds, policy)
        return (known[entry].reason, entry)
    }

    /// A free entry of the hash's row, or the one that was used longest ago.
    private func room(for hash: Hash128) -> Int {
        let row = Int(truncatingIfNeeded: hash.low) & (known.count / Self.ways &- 1)
        var oldest = row &* Self.ways
        for entry in oldest..<oldest &+ Self.ways {
            if known[entry].edition == 0 { return entry }
            if clock &- known[entry].used > clock &- known[oldest].used { oldest = entry }
        }
        return oldest
    }

    private mutating func note(unknown hash: Hash128, _ digest: Hash128) {
        let row = Int(truncatingIfNeeded: hash.low) & (unknown.count / Self.ways &- 1)
        var oldest = row &* Self.ways
        for place in oldest..<oldest &+ Self.ways {
            if unknown[place].edition == 0 {
                oldest = place
                break
            }
            if clock &- unknown[place].used > clock &- unknown[oldest].used { oldest = place }
        }
        unknown[oldest] = UnknownKey(hash: hash, digest: digest, edition: edition, used: clock)
    }

    // MARK: Entries

    /// Fills an entry with what the book says of its key now.
    private mutating func fill(
        _ entry: Int, _ number: UInt32, _ product: UInt32, _ rank: Int, _ seconds: Int64,
        _ policy: borrowing CompiledPolicy
    ) {
        let finding = book.find(key: number, product: product, rank: rank, seconds: seconds)
        let key = book.keys[number]
        let start = entry &* KnownKey.textBytes
        write(book.consumers[key.consumer].id, RecordID.consumer, at: start)
        write(key.id, RecordID.key, at: start &+ KnownKey.keyStart)
        var contractCount = 0
        if finding.subscription != BookNumber.none {
            contractCount = writeContract(finding.subscription, seconds, at: start &+ KnownKey.contractStart)
        }
        known[entry].edition = edition
        known[entry].changesAt = finding.changesAt
        known[entry].reason = finding.reason
        known[entry].plan = finding.plan
        known[entry].hasNext = finding.hasNext
        known[entry].account = account(of: finding.subscription, plan: finding.plan, seconds: seconds)
        known[entry].contractCount = UInt8(truncatingIfNeeded: contractCount)
        let consumer = start..<start &+ RecordID.byteCount
        known[entry].consumer = texts.withBytes(consumer) { SipHash128.hash($0, key: consumerSeed) }
        var payer = SipHash128(key: seed)
        texts.withBytes(start..<start &+ KnownKey.contractStart &+ contractCount) { payer.appendCounted($0) }
        policy.tables.value.withCode(of: finding.plan) { payer.appendCounted($0) }
        known[entry].payer = payer.finish()
    }

    private mutating func write(_ id: RecordID, _ prefix: StaticString, at start: Int) {
        texts.write(prefix, at: start)
        for place in 0..<RecordID.byteCount &- RecordID.prefixBytes {
            texts[start &+ RecordID.prefixBytes &+ place] = id.digit(at: place)
        }
    }

    private mutating func writeContract(_ subscription: UInt32, _ seconds: Int64, at start: Int) -> Int {
        let row = book.subscriptions[subscription]
        let period = row.period(seconds)
        write(row.id, RecordID.subscription, at: start)
        texts[start &+ RecordID.byteCount] = UInt8(ascii: "/")
        var (rest, digits) = (period, 1)
        while rest >= 10 {
            rest /= 10
            digits &+= 1
        }
        rest = period
        for place in (0..<digits).reversed() {
            texts[start &+ RecordID.byteCount &+ 1 &+ place] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        }
        return RecordID.byteCount &+ 1 &+ digits
    }

    /// Puts in the facts who an entry is.
    mutating func identify(_ entry: Int, _ facts: inout Facts) {
        let key = known[entry]
        texts.withBytes(entry &* KnownKey.textBytes..<(entry &+ 1) &* KnownKey.textBytes) { facts.identify(key, $0) }
    }
}

extension FixedArray where Element == UInt8 {
    /// Writes a word of ASCII.
    mutating func write(_ word: StaticString, at start: Int) {
        let count = word.utf8CodeUnitCount
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(word.utf8Start), byteCount: count)
        for offset in 0..<count { self[start &+ offset] = bytes.byte(offset) }
    }
}
