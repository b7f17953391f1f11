/// Lines that were received and not counted yet: room of fixed size, first in, first out.
///
/// The kernel keeps few datagrams, whatever their size (`net.unix.max_dgram_qlen`), so they are taken from it at once and wait here.
///
/// ```
///  0       4      8
///  ├───────┼──────┼──────────────┬─
///  │length │ user │ the line     │ to a multiple of 8
///  └───────┴──────┴──────────────┴─
/// ```
/// A length of all ones says that the next line is at the start again.
package struct LogQueue: ~Copyable {
    private static var headBytes: Int { 8 }

    private let room: UnsafeMutableRawBufferPointer
    /// Bytes that were ever freed, taken and filled: places in the room are these modulo its size.
    private var freed = 0
    private var taken = 0
    private var filled = 0

    /// A line that was taken: it may be changed until it is freed.
    package struct Line: Sendable, BitwiseCopyable {
        package let start: Int
        package let count: Int
        package let user: UInt32
    }

    /// - Parameter bytes: at least 65,536 + 16.
    package init(bytes: Int) {
        room = .allocate(byteCount: bytes / 8 * 8, alignment: 8)
    }

    deinit { room.deallocate() }

    package var isEmpty: Bool { taken == filled }
    package var bytesUsed: Int { filled - freed }

    /// Puts a line at the end.
    ///
    /// - Returns: false where there is no room.
    package mutating func append(_ line: UnsafeRawBufferPointer, user: UInt32) -> Bool {
        let size = Self.size(line.count)
        var place = filled % room.count
        let rest = room.count - place
        let skipped = rest < size ? rest : 0
        guard bytesUsed + skipped + size <= room.count else { return false }
        if skipped > 0 {
            room.storeBytes(of: UInt32.max, toByteOffset: place, as: UInt32.self)
            (filled, place) = (filled + skipped, 0)
        }
        room.storeBytes(of: UInt32(line.count), toByteOffset: place, as: UInt32.self)
        room.storeBytes(of: user, toByteOffset: place + 4, as: UInt32.self)
        UnsafeMutableRawBufferPointer(rebasing: room[(place + Self.headBytes)...]).copyMemory(from: line)
        filled += size
        return true
    }

    /// Takes the next line; it stays where it is until `free`.
    package mutating func next() -> Line? {
        guard taken != filled else { return nil }
        var place = taken % room.count
        if room.load(fromByteOffset: place, as: UInt32.self) == .max {
            (taken, place) = (taken + room.count - place, 0)
        }
        let count = Int(room.load(fromByteOffset: place, as: UInt32.self))
        taken += Self.size(count)
        return Line(
            start: place + Self.headBytes, count: count, user: room.load(fromByteOffset: place + 4, as: UInt32.self))
    }

    /// Frees all lines that were taken.
    package mutating func free() {
        freed = taken
        // From the start again: what was never needed is never touched.
        if taken == filled { (freed, taken, filled) = (0, 0, 0) }
    }

    /// Lends the bytes of a line that was taken.
    package func withBytes<Result, Failure: Error>(
        _ line: Line, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeMutableRawBufferPointer(rebasing: room[line.start..<line.start + line.count]))
    }

    private static func size(_ count: Int) -> Int { headBytes + (count + 7) / 8 * 8 }
}
