/// Leases in memory that outlives the agent, and what a successor makes of them.
extension SharedAuthority {
    private static let tagBytes = (LeaseEntry.tags * MemoryLayout<TagView>.stride + 63) / 64 * 64

    /// Bytes of memory for so many leases, and for what is known of the store.
    package static func byteCount(maximumLeases: Int) -> Int {
        tagBytes + (maximumLeases + LeaseTable.spare) * MemoryLayout<LeaseEntry>.stride
    }

    static func tagRegion(_ region: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: region[..<(LeaseEntry.tags * MemoryLayout<TagView>.stride)])
    }

    static func leaseRegion(_ region: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: region[tagBytes...])
    }

    /// What an agent that is gone had spent of windows that go on, in its memory.
    ///
    /// - Parameters:
    ///   - region: `byteCount(maximumLeases:)` bytes.
    ///   - wall: the wall clock, in microseconds.
    package static func settlements(
        in region: UnsafeMutableRawBufferPointer, maximumLeases: Int, incarnation: Hash128, wall: Int64
    ) -> [LeaseSettlement] {
        let entries = unsafe FixedArray<LeaseEntry>(over: leaseRegion(region))
        var found: [LeaseSettlement] = []
        for place in 0..<entries.count where entries[place].isIntact {
            guard let ask = entries[place].lease.lastWord, ask.per > wall else { continue }
            found.append(
                LeaseSettlement(
                    key: entries[place].key, incarnation: incarnation, name: entries[place].name, ask: ask))
        }
        return found
    }

    /// What an agent that is gone knew of the store, by tag.
    package static func fences(in region: UnsafeMutableRawBufferPointer, maximumLeases: Int) -> [FenceView] {
        let tags = unsafe FixedArray<TagView>(over: tagRegion(region))
        return (0..<tags.count).map { tags[$0].fence }
    }

    /// Takes over what another run knew of the store, as far as that is more.
    package mutating func inherit(_ fences: [FenceView]) {
        for (tag, fence) in fences.enumerated() where tag < tags.count { tags[tag].fence.inherit(fence) }
    }
}
