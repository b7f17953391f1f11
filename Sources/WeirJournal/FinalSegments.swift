import Glibc
import WeirCore

/// The final segments that wait for the collector, oldest first.
package struct FinalSegments: Sendable {
    private let path: String

    /// - Parameter path: the journal's directory.
    package init(path: String) { self.path = path }

    /// The names of those that wait, in the order in which they were made.
    package func names() throws(SystemError) -> [String] {
        let directory = try Directory(path)
        var found: [(time: Int, name: String)] = []
        for name in try directory.names() where name.hasPrefix("final-") && name.hasSuffix(".wj") {
            var info = stat()
            guard stat(directory.path(of: name), &info) == 0 else { continue }
            found.append((info.st_mtim.tv_sec, name))
        }
        return found.sorted { ($0.time, $0.name) < ($1.time, $1.name) }.map(\.name)
    }

    package func read(_ name: String) throws(SystemError) -> [UInt8] { try Directory(path).read(name) }

    /// Takes a segment away that the collector has.
    package func remove(_ name: String) throws(SystemError) { try Directory(path).remove(name) }

    /// Keeps a batch that the collector will never take, for people to look at, in `quarantine`.
    package func quarantine(_ segment: [UInt8], as name: String) throws(SystemError) {
        let directory = try Directory(making: "\(path)/quarantine", mode: 0o700)
        let file = try directory.open(name, flags: O_WRONLY | O_CREAT | O_TRUNC)
        try file.write(segment, path: directory.path(of: name))
        guard fdatasync(file.number) == 0 else { throw SystemError("sync", directory.path(of: name)) }
        try directory.sync()
    }

    /// Bytes of all that wait.
    package func byteCount() throws(SystemError) -> Int { try Directory(path).byteCount(prefix: "final-") }
}
