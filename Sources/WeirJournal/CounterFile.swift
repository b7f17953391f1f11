import CLinux
import Glibc
package import WeirCore

/// The file that the counters of limits are mapped from: `limits-` and the incarnation, in the runtime directory.
///
/// ```
///  0          8      12     16              32              48       56        64     68    72            4096
///  ├──────────┼──────┼──────┼───────────────┼───────────────┼────────┼─────────┼──────┼─────┼─────────────┼─────────────
///  │ WEIRLIM1 │ ver. │order │ namespace     │ boot          │ keys   │ number  │ CRC  │ 0   │ state       │ slots, terms
///  └──────────┴──────┴──────┴───────────────┴───────────────┴────────┴─────────┴──────┴─────┴─────────────┴─────────────
/// ```
/// A successor copies the counters to a file of its own, and only then calls it ready (state 1) and takes the old one away:
/// a kill in between leaves the old one, or two of which the higher number counts.
package final class CounterFile {
    private static let headerBytes = 4_096
    private static let identityBytes = 64
    private static let stateOffset = 72
    private static let magic: UInt64 = 0x314d_494c_5249_4557
    private static let version: UInt32 = 1
    private static let order: UInt32 = 0x0102_0304
    private static let prefix = "limits-"

    package let name: String
    private let memory: MappedMemory
    private let maximumKeys: Int
    /// Counts the files that took over from each other.
    private let number: UInt64

    private init(name: String, memory: MappedMemory, maximumKeys: Int, number: UInt64) {
        self.name = name
        self.memory = memory
        self.maximumKeys = maximumKeys
        self.number = number
    }

    /// The memory of the counters, behind the header.
    package var region: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory.bytes[Self.headerBytes...])
    }

    private static func byteCount(_ maximumKeys: Int) -> Int { headerBytes + Limiter.counterBytes(maximumKeys) }

    // MARK: Making one

    /// Makes the file of a new incarnation and maps it, zeroed, not ready yet.
    ///
    /// - Parameters:
    ///   - namespace: whose keys it counts; another fleet's mean nothing.
    ///   - boot: when the machine started, as 128 random bits: the clock of buckets goes on within one boot only.
    ///   - predecessors: those that it takes over from.
    package static func make(
        in directory: borrowing Directory, incarnation: Hash128, maximumKeys: Int, namespace: Hash128, boot: Hash128,
        after predecessors: Predecessors
    ) throws(SystemError) -> CounterFile {
        let name = "\(prefix)\(incarnation.hex)"
        let memory = try MappedMemory.make(name, in: directory, byteCount: byteCount(maximumKeys))
        let number = predecessors.lastNumber + 1
        let header = bytes(capacity: identityBytes) { writer in
            writer.append(magic)
            writer.append(version)
            writer.append(order)
            for hash in [namespace, boot] {
                writer.append(hash.low)
                writer.append(hash.high)
            }
            writer.append(UInt64(maximumKeys))
            writer.append(number)
        }
        let checksum = header.withBytes { CRC32C.checksum($0) }
        memory.bytes.copyBytes(from: header)
        memory.bytes.storeBytes(of: checksum.littleEndian, toByteOffset: identityBytes, as: UInt32.self)
        return CounterFile(name: name, memory: memory, maximumKeys: maximumKeys, number: number)
    }

    /// Says that every counter of the predecessors is in it, and takes their files away.
    package func succeed(_ predecessors: Predecessors, in directory: borrowing Directory) throws(SystemError) {
        memory.bytes.storeBytes(of: (1 as UInt32).littleEndian, toByteOffset: Self.stateOffset, as: UInt32.self)
        for other in predecessors.names { try directory.remove(other) }
    }

    // MARK: Those before

    /// What earlier runs left.
    package struct Predecessors: Sendable {
        /// Every file of theirs, to be taken away when its counters are safe.
        package fileprivate(set) var names: [String] = []
        package fileprivate(set) var counters: [StoredCounter] = []
        /// Whether the clock that buckets refill by has run on since.
        package fileprivate(set) var isSameBoot = false
        /// Whether there was a ready file of this fleet: else windows have to come from the journal.
        package fileprivate(set) var isFound = false
        package fileprivate(set) var damagedSlots = 0
        fileprivate var lastNumber: UInt64 = 0
    }

    /// Reads the newest file of this fleet that was ready. Files of other versions are left alone.
    package static func predecessors(
        in directory: borrowing Directory, namespace: Hash128, boot: Hash128
    ) throws(SystemError) -> Predecessors {
        var found = Predecessors()
        for name in try directory.names() where name.hasPrefix(prefix) {
            guard let memory = try MappedMemory.open(name, in: directory), memory.bytes.count >= headerBytes else {
                found.names.append(name)
                continue
            }
            let header = UnsafeRawBufferPointer(rebasing: memory.bytes[..<headerBytes]).bytes
            let isWhole = CRC32C.checksum(header.extracting(0..<identityBytes)) == header.uint32(identityBytes)
            if isWhole, header.uint64(0) == magic, header.uint32(8) != version || header.uint32(12) != order {
                continue
            }
            found.names.append(name)
            let (keys, number) = (header.uint64(48), header.uint64(56))
            guard isWhole, header.uint64(0) == magic, header.uint32(stateOffset) == 1,
                Hash128(low: header.uint64(16), high: header.uint64(24)) == namespace, number > found.lastNumber,
                keys < 1 << 32, byteCount(Int(keys)) == memory.bytes.count
            else { continue }
            found.damagedSlots = 0
            found.counters = Limiter.counters(
                in: UnsafeMutableRawBufferPointer(rebasing: memory.bytes[headerBytes...]), maximumKeys: Int(keys),
                damaged: &found.damagedSlots)
            found.isSameBoot = Hash128(low: header.uint64(32), high: header.uint64(40)) == boot
            found.isFound = true
            found.lastNumber = number
        }
        return found
    }
}
