import CLinux
import Glibc

/// A directory that holds the agent's files; opened without following a link, so that nobody swaps it underneath.
package struct Directory: ~Copyable, Sendable {
    package let path: String
    private let descriptor: Descriptor

    /// Opens a directory, making it and those above it where they are missing.
    ///
    /// - Parameter mode: the rights of a directory that is made.
    package init(making path: String, mode: UInt32) throws(SystemError) {
        try Self.make(path, mode: mode)
        try self.init(path)
    }

    package init(_ path: String) throws(SystemError) {
        let number = linux_open_directory(path)
        guard number >= 0 else { throw SystemError("open the directory", path) }
        self.path = path
        descriptor = Descriptor(owning: number)
    }

    private static func make(_ path: String, mode: UInt32) throws(SystemError) {
        if mkdir(path, mode) == 0 {
            // The process's umask must not decide who reaches the sockets.
            _ = chmod(path, mode)
            return
        }
        if errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemError("make the directory", path)
        }
        try make(String(path[..<slash]), mode: 0o755)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError("make the directory", path) }
        _ = chmod(path, mode)
    }

    package func path(of name: String) -> String { "\(path)/\(name)" }

    /// The names of its files, in order.
    package func names() throws(SystemError) -> [String] {
        guard let stream = opendir(path) else { throw SystemError("list", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes of all files whose names begin so.
    package func byteCount(prefix: String) throws(SystemError) -> Int {
        var total = 0
        for name in try names() where name.hasPrefix(prefix) {
            var info = stat()
            if stat(path(of: name), &info) == 0 { total += Int(info.st_size) }
        }
        return total
    }

    package func open(_ name: String, flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
        let number = linux_open(path(of: name), flags, mode)
        guard number >= 0 else { throw SystemError("open", path(of: name)) }
        return Descriptor(owning: number)
    }

    package func read(_ name: String) throws(SystemError) -> [UInt8] {
        try open(name, flags: O_RDONLY).readAll(path: path(of: name))
    }

    /// Takes the lock file's exclusive lock until the descriptor goes; nil when another process has it.
    package func lock(_ name: String) throws(SystemError) -> Descriptor? {
        let file = try open(name, flags: O_RDWR | O_CREAT)
        if linux_lock(file.number) == 0 { return file }
        guard errno == EWOULDBLOCK else { throw SystemError("lock", path(of: name)) }
        return nil
    }

    /// Removes a file; one that is not there is no error.
    package func remove(_ name: String) throws(SystemError) {
        guard unlink(path(of: name)) == 0 || errno == ENOENT else { throw SystemError("remove", path(of: name)) }
    }

    package func rename(_ name: String, to other: String) throws(SystemError) {
        guard Glibc.rename(path(of: name), path(of: other)) == 0 else { throw SystemError("rename", path(of: name)) }
    }

    /// Makes new and removed names durable.
    package func sync() throws(SystemError) {
        guard fsync(descriptor.number) == 0 else { throw SystemError("sync", path) }
    }

    /// Whether it lies in memory (tmpfs), where no write waits for a disk.
    package var isMemory: Bool { linux_is_memory(descriptor.number) == 1 }
}
