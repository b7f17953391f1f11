import CLinux
import Glibc
package import WeirCore

/// The file that the hot table is mapped from: `hot-` and the incarnation, in the runtime directory.
///
/// ```
///  0          8      12     16              32        40       48    52            4096
///  ├──────────┼──────┼──────┼───────────────┼─────────┼────────┼─────┼─────────────┼────────────────
///  │ WEIRHOT1 │ ver. │order │ incarnation   │ max keys│ created│ CRC │ 0           │ slots, dictionary
///  └──────────┴──────┴──────┴───────────────┴─────────┴────────┴─────┴─────────────┴────────────────
/// ```
/// Allocated whole before it is mapped: a hole in a full file system would be a SIGBUS on the check path.
package final class HotFile {
    private static let headerBytes = 4_096
    private static let magic: UInt64 = 0x3154_4f48_5249_4557
    private static let version: UInt32 = 1
    private static let order: UInt32 = 0x0102_0304

    package let name: String
    package let incarnation: Hash128
    package let maximumKeys: Int
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int

    private init(
        name: String, incarnation: Hash128, maximumKeys: Int, memory: UnsafeMutableRawPointer, byteCount: Int
    ) {
        self.name = name
        self.incarnation = incarnation
        self.maximumKeys = maximumKeys
        self.memory = memory
        self.byteCount = byteCount
    }

    deinit { munmap(memory, byteCount) }

    /// The memory of the table, behind the header.
    package var region: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: memory + Self.headerBytes, count: UsageTable.byteCount(maximumKeys))
    }

    package static func name(_ incarnation: Hash128) -> String { "hot-\(incarnation.hex)" }

    private static func byteCount(_ maximumKeys: Int) -> Int { headerBytes + UsageTable.byteCount(maximumKeys) }

    /// Makes the file of a new incarnation and maps it, zeroed.
    package static func make(
        in directory: borrowing Directory, incarnation: Hash128, maximumKeys: Int, created: Int64
    ) throws(SystemError) -> HotFile {
        let name = name(incarnation)
        let path = directory.path(of: name)
        let file = try directory.open(name, flags: O_RDWR | O_CREAT | O_EXCL)
        let count = byteCount(maximumKeys)
        let failure = posix_fallocate(file.number, 0, off_t(count))
        guard failure == 0 else {
            unlink(path)
            throw SystemError("allocate \(count) bytes for", path, number: failure)
        }
        guard let memory = linux_map(file.number, count) else {
            let number = errno
            unlink(path)
            throw SystemError("map", path, number: number)
        }
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
        memory.copyMemory(from: header, byteCount: header.count)
        memory.storeBytes(of: checksum.littleEndian, toByteOffset: 48, as: UInt32.self)
        return HotFile(
            name: name, incarnation: incarnation, maximumKeys: maximumKeys, memory: memory, byteCount: count)
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
        let path = directory.path(of: name)
        let file = try directory.open(name, flags: O_RDONLY)
        var info = stat()
        guard fstat(file.number, &info) == 0 else { throw SystemError("look at", path) }
        guard info.st_size >= headerBytes else { return .damaged }
        guard let memory = linux_map_private(file.number, Int(info.st_size)) else { throw SystemError("map", path) }
        let header = UnsafeRawBufferPointer(start: memory, count: 52).bytes
        let maximumKeys = header.uint64(32)
        let incarnation = Hash128(low: header.uint64(16), high: header.uint64(24))
        guard header.uint64(0) == magic, CRC32C.checksum(header.extracting(0..<48)) == header.uint32(48) else {
            munmap(memory, Int(info.st_size))
            return .damaged
        }
        guard header.uint32(8) == version, header.uint32(12) == order else {
            munmap(memory, Int(info.st_size))
            return .foreign
        }
        guard maximumKeys < 1 << 32, byteCount(Int(maximumKeys)) == Int(info.st_size) else {
            munmap(memory, Int(info.st_size))
            return .damaged
        }
        return .table(
            HotFile(
                name: name, incarnation: incarnation, maximumKeys: Int(maximumKeys), memory: memory,
                byteCount: Int(info.st_size)))
    }
}
