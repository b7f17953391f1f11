/// The slots of a cluster: where a key lives is decided by what stands in its braces.
package enum ClusterSlot {
    /// How many there are.
    package static let count = 16384

    /// The slot of a tag's keys, all of which begin with `{wNNN}`.
    package static func of(tag: Int) -> Int { Int(crc16(LeaseKey.tag(tag))) % count }

    /// CRC-16/XMODEM: polynomial 0x1021, from 0, not reflected.
    package static func crc16(_ bytes: [UInt8]) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return crc
    }
}
