/// SipHash-c-d with a 128-bit result (Aumasson, Bernstein): a keyed hash that a client cannot steer into collisions.
///
/// The rounds are a type, so that the loops are unrolled. `SipHash128` is 1-3, the variant that Rust and Python use for
/// their tables; the tests also run 2-4, for which the authors published vectors.
package struct SipHash<Rounds: SipRounds>: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// Bytes that do not fill a word yet, low byte first.
    private var tail: UInt64 = 0
    private var tailCount = 0
    private var total: UInt64 = 0

    package init(key: Hash128) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 = v2 &+ v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 = v0 &+ v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 = v2 &+ v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        for _ in 0..<Rounds.compression { round() }
        v0 ^= word
    }

    /// Appends eight bytes, little-endian.
    @inline(__always)
    package mutating func append(_ word: UInt64) {
        total &+= 8
        if tailCount == 0 {
            compress(word)
        } else {
            let shift = UInt64(tailCount &* 8)
            compress(tail | word << shift)
            tail = word >> (64 &- shift)
        }
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        total &+= 1
        tail |= UInt64(byte) << UInt64(tailCount &* 8)
        tailCount &+= 1
        if tailCount == 8 {
            compress(tail)
            tail = 0
            tailCount = 0
        }
    }

    package mutating func append(_ bytes: RawSpan) {
        let count = bytes.byteCount
        var offset = 0
        while offset &+ 8 <= count {
            append(bytes.uint64(offset))
            offset &+= 8
        }
        if tailCount == 0 {
            tail = bytes.word(from: offset)
            tailCount = count &- offset
            total &+= UInt64(tailCount)
            return
        }
        while offset < count {
            append(bytes.byte(offset))
            offset &+= 1
        }
    }

    /// Appends the length and then the bytes, so that ("ab", "c") and ("a", "bc") differ.
    @inline(__always)
    package mutating func appendCounted(_ bytes: RawSpan) {
        append(UInt64(bytes.byteCount))
        append(bytes)
    }

    /// The hash of these bytes alone: its state stays in registers, which is worth a third of it.
    @inline(never)
    package static func hash(_ bytes: RawSpan, key: Hash128) -> Hash128 {
        var hash = Self(key: key)
        let count = bytes.byteCount
        var offset = 0
        while offset &+ 8 <= count {
            hash.compress(bytes.uint64(offset))
            offset &+= 8
        }
        hash.tail = bytes.word(from: offset)
        hash.total = UInt64(count)
        return hash.finish()
    }

    @inline(__always)
    package consuming func finish() -> Hash128 {
        compress(tail | total << 56)
        v2 ^= 0xee
        for _ in 0..<Rounds.finalization { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<Rounds.finalization { round() }
        return Hash128(low: low, high: v0 ^ v1 ^ v2 ^ v3)
    }
}

package typealias SipHash128 = SipHash<Sip13>

extension Hash128 {
    /// Derives a key from text: for namespaces and rule identities, off the check path.
    package init(deriving text: String, under key: Hash128 = Hash128(low: 0, high: 0)) {
        var hash = SipHash128(key: key)
        Array(text.utf8).withBytes { hash.append($0) }
        self = hash.finish()
    }
}
