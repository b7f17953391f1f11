package import WeirCore

/// The file that the hot table is mapped from: `hot-` and the incarnation, in the runtime directory.
///
/// ```
///  0          8      12     16              32        40       48    52            4096
///  ├──────────┼──────┼──────┼───────────────┼─────────┼────────┼─────┼─────────────┼────────────────
///  │ WEIRHOT1 │ ver. │order │ incarnation   │ max keys│ created│ CRC │ 0           │ slots, dictionary
///  └──────────┴──────┴──────┴───────────────┴─────────┴────────┴─────┴─────────────┴────────────────
/// ```
package final class HotFile {
    private static let headerBytes = 4_096
    private static let magic: UInt64 = 0x3154_4f48_5249_4557
    private static let version: UInt32 = 1
    private static let order: UInt32 = 0x0102_0304

    package let name: String
    package let incarnation: Hash128
    package let maximumKeys: Int
    private let memory: MappedMemory

    private init(name: String, incarnation: Hash128, maximumKeys: Int, memory: MappedMemory) {
        self.name = name
        self.incarnation = incarnation
        self.maximumKeys = maximumKeys
        self.memory = memory
    }

    /// The memory of the table, behind the header.
    package var region: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory.bytes[Self.headerBytes...])
    }

    package static func name(_ incarnation: Hash128) -> String { "hot-\(incarnation.hex)" }

    private static func byteCount(_ maximumKeys: Int) -> Int { headerBytes + UsageTable.byteCount(maximumKeys) }

    /// Makes the file of a new incarnation and maps it, zeroed.
    package static func make(
        in directory: borrowing Directory, incarnation: Hash128, maximumKeys: Int, created: Int64
    ) throws(SystemError) -> HotFile {
        let name = name(incarnation)
        let memory = try MappedMemory.make(name, in: directory, byteCount: byteCount(maximumKeys))
        let header = bytes(capacity: 52) { writer in
            writer.append(magic)
            writer.append(version)
            writer.append(order)
            writer.append(incarnation.low)
            writer.append(incarnation.high)
            writer.append(UInt64(maximumKeys))
            writer.append(UInt64(bitPattern: created))
        }
        let checksum = header.withBytes { CRC32C.checksum($0) }
        memory.bytes.copyBytes(from: header)
        memory.bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 48, as: UInt32.self)
        return HotFile(name: name, incarnation: incarnation, maximumKeys: maximumKeys, memory: memory)
    }

    /// What a file that another incarnation left turned out to be.
    package enum Finding {
        case table(HotFile)
        /// Of another version or byte order: not to be touched.
        case foreign
        /// Cut short, or its header is not what was written.
        case damaged
    }

    /// Opens a file of another incarnation for recovery; nothing that is done to its memory reaches the file.
    package static func open(_ name: String, in directory: borrowing Directory) throws(SystemError) -> Finding {
        guard let memory = try MappedMemory.open(name, in: directory), memory.bytes.count >= headerBytes else {
            return .damaged
        }
        let header = UnsafeRawBufferPointer(rebasing: memory.bytes[..<52]).bytes
        let maximumKeys = header.uint64(32)
        let incarnation = Hash128(low: header.uint64(16), high: header.uint64(24))
        guard header.uint64(0) == magic, CRC32C.checksum(header.extracting(0..<48)) == header.uint32(48) else {
            return .damaged
        }
        guard header.uint32(8) == version, header.uint32(12) == order else { return .foreign }
        guard maximumKeys < 1 << 32, byteCount(Int(maximumKeys)) == memory.bytes.count else { return .damaged }
        return .table(
            HotFile(name: name, incarnation: incarnation, maximumKeys: Int(maximumKeys), memory: memory))
    }
}
