/// The dimensions that cells refer to by number, in the mapped file beside them: a cell's name must survive with its
/// totals.
///
/// Entries are chains of blocks from one free list, so that nothing fragments; an entry goes when no cell refers to it.
struct DimensionsDictionary: ~Copyable {
    private var blocks: FixedArray<DictionaryBlock>
    private let secret: UInt64
    /// Heads by the hash of their key; plus 1, 0 where free. Open addressing, at most half full.
    private var index: FixedArray<UInt32>
    private var references: FixedArray<UInt32>
    private var firstFree: UInt32 = 0
    private(set) var freeBlocks: Int
    /// Where entries are put together before they are written; key first.
    private var scratch = FixedArray<UInt8>(
        count: DictionaryBlock.keyBytes + Dimensions.maximumEncodedBytes, repeating: 0)

    /// Lays an empty dictionary over zeroed memory.
    ///
    /// - Parameter secret: places keys in the index, as in `LimitTable`.
    init(over region: UnsafeMutableRawBufferPointer, secret: UInt64) {
        self.secret = secret | 1
        blocks = unsafe FixedArray(over: region)
        var buckets = 16
        while buckets < blocks.count * 2 { buckets *= 2 }
        index = FixedArray(count: buckets, repeating: 0)
        references = FixedArray(count: blocks.count, repeating: 0)
        freeBlocks = blocks.count
        for number in 0..<blocks.count {
            let next = number + 1 == blocks.count ? DictionaryBlock.none : UInt32(number + 1)
            blocks[number] = DictionaryBlock(kind: DictionaryBlock.Kind.free, next: next)
        }
    }

    var blockCount: Int { blocks.count }

    // MARK: Entries

    private func home(_ key: Hash128) -> Int {
        let mixed = key.low &* secret
        return Int(truncatingIfNeeded: mixed ^ mixed >> 32) & (index.count &- 1)
    }

    /// The entry of a key, or nil.
    func find(_ key: Hash128) -> UInt32? {
        var place = home(key)
        while index[place] != 0 {
            let head = index[place] &- 1
            if self.key(of: head) == key { return head }
            place = (place &+ 1) & (index.count &- 1)
        }
        return nil
    }

    /// Writes a new entry, whose texts `describe` gives; nobody refers to it yet.
    ///
    /// - Parameter reserve: blocks that must stay free.
    /// - Returns: nil when there is no room.
    mutating func insert(_ key: Hash128, reserve: Int, _ describe: (inout ByteWriter) -> Void) -> UInt32? {
        let length = write(key, describe)
        let count = DictionaryBlock.count(length)
        guard count + reserve <= freeBlocks else { return nil }
        // Tails first, from the end: the head is written last, and makes the entry one.
        var next = DictionaryBlock.none
        var number = UInt32.max
        for part in (0..<count).reversed() {
            number = takeBlock()
            var block = DictionaryBlock(
                kind: part == 0 ? DictionaryBlock.Kind.head : DictionaryBlock.Kind.tail, next: next)
            let start = part * DictionaryBlock.payloadBytes
            let end = min(start + DictionaryBlock.payloadBytes, DictionaryBlock.keyBytes + length)
            for offset in start..<end { block.payload[offset &- start] = scratch[offset] }
            if part == 0 {
                block.length = UInt16(length)
                block.checksum = scratch.withBytes(0..<DictionaryBlock.keyBytes + length) { CRC32C.checksum($0) }
            }
            blocks[Int(number)] = block
            next = number
        }
        insertIndex(key, number)
        return number
    }

    /// Puts key and texts in the scratch; returns the bytes of the texts.
    private mutating func write(_ key: Hash128, _ describe: (inout ByteWriter) -> Void) -> Int {
        unsafe scratch.withMutableBytes { buffer in
            var writer = unsafe ByteWriter(buffer)
            writer.append(key.low)
            writer.append(key.high)
            describe(&writer)
            precondition(!writer.overflowed, "dimensions longer than their maximum")
            return writer.count - DictionaryBlock.keyBytes
        }
    }

    private mutating func takeBlock() -> UInt32 {
        let number = firstFree
        firstFree = blocks[Int(number)].next
        freeBlocks &-= 1
        return number
    }

    mutating func retain(_ head: UInt32) { references[Int(head)] &+= 1 }

    /// One cell less refers to the entry; the last one frees it.
    mutating func release(_ head: UInt32) {
        references[Int(head)] &-= 1
        guard references[Int(head)] == 0 else { return }
        removeIndex(head)
        var number = head
        while number != DictionaryBlock.none {
            let next = blocks[Int(number)].next
            blocks[Int(number)] = DictionaryBlock(kind: DictionaryBlock.Kind.free, next: firstFree)
            firstFree = number
            freeBlocks &+= 1
            number = next
        }
    }

    /// The texts of an entry, as `Dimensions.write` writes them.
    func encoded(_ head: UInt32) -> [UInt8] {
        let length = Int(blocks[Int(head)].length)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        var number = head
        var offset = DictionaryBlock.keyBytes
        while bytes.count < length {
            if offset == DictionaryBlock.payloadBytes {
                number = blocks[Int(number)].next
                offset = 0
            }
            bytes.append(blocks[Int(number)].payload[offset])
            offset += 1
        }
        return bytes
    }

    /// The texts of an entry.
    func dimensions(_ head: UInt32) -> Dimensions? { Self.entry(head, in: blocks)?.dimensions }

    // MARK: The index

    private func key(of head: UInt32) -> Hash128 {
        let block = blocks[Int(head)]
        func word(_ start: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(block.payload[start + $1]) << UInt64($1 * 8) }
        }
        return Hash128(low: word(0), high: word(8))
    }

    private mutating func insertIndex(_ key: Hash128, _ head: UInt32) {
        var place = home(key)
        while index[place] != 0 { place = (place &+ 1) & (index.count &- 1) }
        index[place] = head &+ 1
    }

    private mutating func removeIndex(_ head: UInt32) {
        let mask = index.count &- 1
        var free = home(key(of: head))
        while index[free] != head &+ 1 { free = (free &+ 1) & mask }
        var next = free
        while true {
            next = (next &+ 1) & mask
            if index[next] == 0 { break }
            let home = home(key(of: index[next] &- 1))
            if (next &- home) & mask >= (next &- free) & mask {
                index[free] = index[next]
                free = next
            }
        }
        index[free] = 0
    }

    // MARK: Recovery

    /// Reads an entry of a file that may be damaged; nil unless its chain is whole and its CRC right.
    static func entry(_ head: UInt32, in blocks: borrowing FixedArray<DictionaryBlock>) -> (
        key: Hash128, dimensions: Dimensions
    )? {
        guard head < UInt32(blocks.count), blocks[Int(head)].kind == DictionaryBlock.Kind.head else { return nil }
        let length = Int(blocks[Int(head)].length)
        guard length <= Dimensions.maximumEncodedBytes else { return nil }
        var bytes: [UInt8] = []
        var number = head
        while bytes.count < DictionaryBlock.keyBytes + length {
            guard number < UInt32(blocks.count) else { return nil }
            let block = blocks[Int(number)]
            guard number == head || block.kind == DictionaryBlock.Kind.tail else { return nil }
            let wanted = min(DictionaryBlock.payloadBytes, DictionaryBlock.keyBytes + length - bytes.count)
            for offset in 0..<wanted { bytes.append(block.payload[offset]) }
            number = block.next
        }
        let checksum = blocks[Int(head)].checksum
        return bytes.withBytes { span in
            guard CRC32C.checksum(span) == checksum,
                let dimensions = Dimensions(reading: span.extracting(DictionaryBlock.keyBytes..<span.byteCount))
            else { return nil }
            return (Hash128(low: span.uint64(0), high: span.uint64(8)), dimensions)
        }
    }
}
