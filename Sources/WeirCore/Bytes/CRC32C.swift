/// CRC-32C (Castagnoli), as in iSCSI and ext4: guards journal records and hot-table slots against torn and flipped
/// bytes.
///
/// Table-driven, eight bytes a step; it runs on seals and recoveries, once for each new cell, and never on a warm
/// check.
package enum CRC32C {
    private static let polynomial: UInt32 = 0x82f6_3b78

    /// Eight tables of 256 entries: entry [8-byte lane k][byte] advances that byte past k more zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            tables[byte] = value
        }
        for lane in 1..<8 {
            for byte in 0..<256 {
                let before = tables[(lane - 1) * 256 + byte]
                tables[lane * 256 + byte] = tables[Int(before & 0xff)] ^ before >> 8
            }
        }
        return tables
    }()

    /// The checksum of `bytes`, continuing from `seed` (an earlier checksum, or a salt that binds a record to its
    /// file).
    package static func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { tables in
            var crc = ~seed
            var offset = 0
            while offset &+ 8 <= bytes.byteCount {
                let word = bytes.uint64(offset) ^ UInt64(crc)
                crc = 0
                for lane in 0..<8 {
                    let byte = Int(truncatingIfNeeded: word >> UInt64(lane &* 8)) & 0xff
                    crc ^= unsafe tables[(7 &- lane) &* 256 &+ byte]
                }
                offset &+= 8
            }
            while offset < bytes.byteCount {
                crc = unsafe tables[Int((crc ^ UInt32(bytes.byte(offset))) & 0xff)] ^ crc >> 8
                offset &+= 1
            }
            return ~crc
        }
    }

    /// The checksum of eight bytes, little-endian.
    package static func checksum(word: UInt64, seed: UInt32 = 0) -> UInt32 {
        unsafe withUnsafeBytes(of: word.littleEndian) { unsafe checksum($0.bytes, seed: seed) }
    }
}
