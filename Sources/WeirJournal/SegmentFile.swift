import Glibc
import WeirCore

/// A journal segment on disk that is being appended to.
///
/// `live-INCARNATION-NUMBER.wj` holds cells that still change, `final-…` cells that never change again. A segment whose
/// write or sync failed is given up: what the disk holds of it is unknown from then on.
struct SegmentFile: ~Copyable {
    let name: String
    let header: SegmentHeader
    private let path: String
    private let descriptor: Descriptor
    private(set) var byteCount: Int

    /// Makes a new segment with its header; the name is durable when the directory is synced.
    init(in directory: borrowing Directory, header: SegmentHeader) throws(SystemError) {
        let name = Self.name(header)
        let path = directory.path(of: name)
        let bytes = header.encoded
        let descriptor = try directory.open(name, flags: O_WRONLY | O_CREAT | O_EXCL)
        do throws(SystemError) {
            try descriptor.write(bytes, path: path)
        } catch {
            // A disk that is full must not be filled with names.
            unlink(path)
            throw error
        }
        self.name = name
        self.path = path
        self.header = header
        self.descriptor = descriptor
        byteCount = bytes.count
    }

    static func name(_ header: SegmentHeader) -> String {
        let digits = String(header.number)
        let number = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        return "\(header.kind)-\(header.incarnation.hex)-\(number).wj"
    }

    /// Writes a segment that appears under its name only when it is whole and durable.
    static func writeWhole(
        _ header: SegmentHeader, _ records: [UInt8], in directory: borrowing Directory
    ) throws(SystemError) {
        let name = name(header)
        let temporary = ".\(name)"
        try directory.remove(temporary)
        do throws(SystemError) {
            let file = try directory.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
            try file.write(header.encoded + records, path: directory.path(of: temporary))
            guard fdatasync(file.number) == 0 else { throw SystemError("sync", directory.path(of: temporary)) }
            try directory.rename(temporary, to: name)
        } catch {
            // A disk that is full needs the room, and the next attempt may be another run's, under another name.
            unlink(directory.path(of: temporary))
            throw error
        }
        try directory.sync()
    }

    mutating func append(_ records: [UInt8]) throws(SystemError) {
        try descriptor.write(records, path: path)
        byteCount += records.count
    }

    /// Waits until what was appended would survive a power cut.
    func sync() throws(SystemError) {
        guard fdatasync(descriptor.number) == 0 else { throw SystemError("sync", path) }
    }
}
