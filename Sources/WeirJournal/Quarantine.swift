import Glibc

/// Where files go that are not what was written, or that the collector will never take: `quarantine` in the journal's
/// directory, for people to look at. Nothing in it is ever needed again, and nobody has to empty it.
package struct Quarantine: Sendable {
    /// Files that are kept; beyond, the oldest go.
    package static let maximumFiles = 64
    /// Bytes of them all together; beyond, the oldest go. The newest stays, however large it is.
    package static let maximumBytes = 256 << 20

    private let path: String
    private let maximumBytes: Int

    /// - Parameter journal: the journal's directory.
    package init(of journal: String, maximumBytes: Int = maximumBytes) {
        path = "\(journal)/quarantine"
        self.maximumBytes = maximumBytes
    }

    /// Moves a file here from a directory on the same file system.
    package func take(_ name: String, from directory: borrowing Directory) throws(SystemError) {
        let here = try Directory(making: path, mode: 0o700)
        guard rename(directory.path(of: name), here.path(of: name)) == 0 else {
            throw SystemError("move to quarantine", directory.path(of: name))
        }
        try finish(here)
    }

    /// Writes bytes here, durably.
    package func keep(_ bytes: [UInt8], as name: String) throws(SystemError) {
        let here = try Directory(making: path, mode: 0o700)
        let file = try here.open(name, flags: O_WRONLY | O_CREAT | O_TRUNC)
        try file.write(bytes, path: here.path(of: name))
        guard fdatasync(file.number) == 0 else { throw SystemError("sync", here.path(of: name)) }
        try finish(here)
    }

    private func finish(_ here: borrowing Directory) throws(SystemError) {
        var files: [(time: (Int, Int), name: String, bytes: Int)] = []
        for name in try here.names() {
            var info = stat()
            if stat(here.path(of: name), &info) == 0 {
                files.append(((info.st_mtim.tv_sec, info.st_mtim.tv_nsec), name, Int(info.st_size)))
            }
        }
        var bytes = 0
        for (index, file) in files.sorted(by: { ($0.time.0, $0.time.1, $0.name) > ($1.time.0, $1.time.1, $1.name) })
            .enumerated()
        {
            bytes += file.bytes
            if index >= Self.maximumFiles || index > 0 && bytes > maximumBytes { try here.remove(file.name) }
        }
        try here.sync()
    }
}
