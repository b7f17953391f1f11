/// CRC-32 of ISO-HDLC, as in zip, PNG and Ethernet: the checksum of API keys, which `zlib.crc32` of any language computes.
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }

    package static func checksum(_ bytes: RawSpan) -> UInt32 {
        var crc = UInt32.max
        for offset in 0..<bytes.byteCount {
            crc = table[Int((crc ^ UInt32(bytes.byte(offset))) & 0xff)] ^ crc >> 8
        }
        return ~crc
    }
}
