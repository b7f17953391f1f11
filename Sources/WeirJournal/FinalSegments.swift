import Glibc
package import WeirCore

/// The final segments of a journal: those that wait for the collector, oldest first, and those that it has, which are kept for
/// a while in case that it loses them.
package struct FinalSegments: Sendable {
    private static let waiting = "final-"
    private static let sent = "sent-"

    package let path: String

    /// - Parameter path: the journal's directory.
    package init(path: String) { self.path = path }

    /// Whether a file's name is that of a final segment, sent or not.
    static func isName(_ name: String) -> Bool {
        (name.hasPrefix(waiting) || name.hasPrefix(sent)) && name.hasSuffix(".wj")
    }

    /// The names of those that wait, in the order in which they were made.
    package func names() throws(SystemError) -> [String] {
        try files(Self.waiting).map(\.name)
    }

    private func files(_ prefix: String) throws(SystemError) -> [(time: Int, name: String, bytes: Int)] {
        let directory = try Directory(path)
        var found: [(time: Int, name: String, bytes: Int)] = []
        for name in try directory.names() where name.hasPrefix(prefix) && name.hasSuffix(".wj") {
            var info = stat()
            guard stat(directory.path(of: name), &info) == 0 else { continue }
            found.append((info.st_mtim.tv_sec, name, Int(info.st_size)))
        }
        return found.sorted { ($0.time, $0.name) < ($1.time, $1.name) }
    }

    /// The runs that there are segments of, sent or not.
    package func incarnations() throws(SystemError) -> Set<Hash128> {
        var found: Set<Hash128> = []
        for name in try Directory(path).names() where Self.isName(name) {
            let parts = name.split(separator: "-")
            if parts.count == 3, let incarnation = Hash128(hex: String(parts[1])) { found.insert(incarnation) }
        }
        return found
    }

    package func read(_ name: String) throws(SystemError) -> [UInt8] { try Directory(path).read(name) }

    /// Keeps a segment that the collector has under another name, from now on.
    package func retire(_ name: String) throws(SystemError) {
        utime("\(path)/\(name)", nil)
        try Directory(path).rename(name, to: Self.sent + name.dropFirst(Self.waiting.count))
    }

    /// Takes a segment away.
    package func remove(_ name: String) throws(SystemError) { try Directory(path).remove(name) }

    /// Lets every segment that the collector had wait again.
    ///
    /// - Returns: how many there are.
    package func recall() throws(SystemError) -> Int {
        let directory = try Directory(path)
        let names = try files(Self.sent).map(\.name)
        for name in names { try directory.rename(name, to: Self.waiting + name.dropFirst(Self.sent.count)) }
        return names.count
    }

    /// Takes segments away that the collector has, when they are older than `retain` seconds, or when the disk that the journal
    /// may take is full; oldest first.
    ///
    /// - Parameter now: seconds since 1970.
    package func prune(now: Int, retain: Int, maximumBytes: Int) throws(SystemError) {
        var bytes = try byteCount()
        let kept = try files(Self.sent)
        bytes += kept.reduce(0) { $0 + $1.bytes }
        let directory = try Directory(path)
        for file in kept {
            guard now - file.time > retain || bytes > maximumBytes else { return }
            try directory.remove(file.name)
            bytes -= file.bytes
        }
    }

    /// Keeps a batch that the collector will never take, for people to look at.
    package func quarantine(_ segment: [UInt8], as name: String) throws(SystemError) {
        try Quarantine(of: path).keep(segment, as: name)
    }

    /// Bytes of all that wait.
    package func byteCount() throws(SystemError) -> Int { try Directory(path).byteCount(prefix: Self.waiting) }
}
