import CLinux
import Glibc
package import WeirCore

/// The file that an agent's leases are mapped from: `leases-` and the incarnation, in the runtime directory.
///
/// ```
///  0          8      12     16              32              48              64      72       80    84            4096
///  ├──────────┼──────┼──────┼───────────────┼───────────────┼───────────────┼───────┼────────┼─────┼─────────────┼──────────────
///  │ WEIRLEA1 │ ver. │order │ namespace     │ boot          │ incarnation   │ leases│ bytes  │ CRC │ 0           │ tags, leases
///  └──────────┴──────┴──────┴───────────────┴───────────────┴───────────────┴───────┴────────┴─────┴─────────────┴──────────────
/// ```
/// So a successor on the same machine, which holds the directory's lock, knows what an agent that was killed had spent of each
/// window, and tells the store in its name; and what it knew of the store, so that a loss is still noticed.
package final class LeaseFile {
    private static let headerBytes = 4_096
    private static let identityBytes = 80
    private static let magic: UInt64 = 0x3141_454c_5249_4557
    private static let version: UInt32 = 1
    private static let order: UInt32 = 0x0102_0304
    private static let prefix = "leases-"

    package let name: String
    private let memory: MappedMemory

    private init(name: String, memory: MappedMemory) {
        self.name = name
        self.memory = memory
    }

    /// The memory of the leases, behind the header.
    package var region: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory.bytes[Self.headerBytes...])
    }

    /// Makes the file of a new incarnation and maps it, zeroed.
    ///
    /// - Parameters:
    ///   - namespace: whose keys they are; another fleet's mean nothing.
    ///   - boot: when the machine started, as 128 random bits: leases mean something within one boot only.
    package static func make(
        in directory: borrowing Directory, incarnation: Hash128, maximumLeases: Int, namespace: Hash128, boot: Hash128
    ) throws(SystemError) -> LeaseFile {
        let name = "\(prefix)\(incarnation.hex)"
        let byteCount = SharedAuthority.byteCount(maximumLeases: maximumLeases)
        let memory = try MappedMemory.make(name, in: directory, byteCount: headerBytes + byteCount)
        let header = bytes(capacity: identityBytes) { writer in
            writer.append(magic)
            writer.append(version)
            writer.append(order)
            for hash in [namespace, boot, incarnation] {
                writer.append(hash.low)
                writer.append(hash.high)
            }
            writer.append(UInt64(maximumLeases))
            writer.append(UInt64(byteCount))
        }
        let checksum = header.withBytes { CRC32C.checksum($0) }
        memory.bytes.copyBytes(from: header)
        memory.bytes.storeBytes(of: checksum.littleEndian, toByteOffset: identityBytes, as: UInt32.self)
        return LeaseFile(name: name, memory: memory)
    }

    // MARK: Those before

    /// What one earlier run left.
    package struct Predecessor: Sendable {
        package let name: String
        /// What it had spent of windows that may still go on, to be said in its name.
        package let settlements: [LeaseSettlement]
        /// What it knew of the store.
        package let fences: [FenceView]
    }

    /// Reads what earlier runs of this fleet left within this boot of the machine, and takes away the files of which nothing is wanted.
    /// Files of other versions are left alone.
    ///
    /// - Parameter wall: the wall clock, in microseconds.
    package static func predecessors(
        in directory: borrowing Directory, but own: String?, namespace: Hash128, boot: Hash128, wall: Int64
    ) throws(SystemError) -> [Predecessor] {
        var found: [Predecessor] = []
        for name in try directory.names() where name.hasPrefix(prefix) && name != own {
            guard let memory = try MappedMemory.open(name, in: directory), memory.bytes.count >= headerBytes else {
                try directory.remove(name)
                continue
            }
            let header = UnsafeRawBufferPointer(rebasing: memory.bytes[..<headerBytes]).bytes
            let isWhole = CRC32C.checksum(header.extracting(0..<identityBytes)) == header.uint32(identityBytes)
            if isWhole, header.uint64(0) == magic, header.uint32(8) != version || header.uint32(12) != order {
                continue
            }
            let (leases, byteCount) = (header.uint64(64), header.uint64(72))
            guard isWhole, header.uint64(0) == magic, leases < 1 << 32,
                SharedAuthority.byteCount(maximumLeases: Int(leases)) == byteCount,
                headerBytes + Int(byteCount) == memory.bytes.count,
                Hash128(low: header.uint64(16), high: header.uint64(24)) == namespace,
                Hash128(low: header.uint64(32), high: header.uint64(40)) == boot
            else {
                try directory.remove(name)
                continue
            }
            let region = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[headerBytes...])
            let incarnation = Hash128(low: header.uint64(48), high: header.uint64(56))
            found.append(
                Predecessor(
                    name: name,
                    settlements: SharedAuthority.settlements(
                        in: region, maximumLeases: Int(leases), incarnation: incarnation, wall: wall),
                    fences: SharedAuthority.fences(in: region, maximumLeases: Int(leases))))
        }
        return found
    }
}
