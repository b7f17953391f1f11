import CLinux
import Glibc

/// Two directories of one server's own, removed with it: one in memory for sockets and tables, as `/run` is, and one on
/// disk for the journal.
final class BenchDirectory {
    let memory: String
    let disk: String

    /// - place: where the one on disk is made.
    init(on place: String = "/tmp") throws(BenchFailure) {
        disk = try Self.make(in: place)
        do throws(BenchFailure) {
            memory = try Self.make(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        } catch {
            rmdir(disk)
            throw error
        }
    }

    deinit {
        for path in [memory, disk] { linux_remove_tree(path) }
    }

    /// The name says whose it is, should a kill leave it behind.
    private static func make(in parent: String) throws(BenchFailure) -> String {
        var template = Array("\(parent)/weir-bench-\(getpid())-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
        guard made else { throw BenchFailure("cannot make a directory in \(parent): \(reason())") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file on disk and returns its path.
    func write(_ name: String, _ text: String) throws(BenchFailure) -> String {
        let path = "\(disk)/\(name)"
        guard let file = fopen(path, "we") else { throw BenchFailure("cannot write \(path): \(reason())") }
        defer { fclose(file) }
        fputs(text, file)
        return path
    }
}

/// A small file's text; nil when it cannot be read.
func text(of path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < 1 << 20 {
        let count = fread(&part, 1, part.count, file)
        if count == 0 { break }
        bytes += part[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}
