import CLinux
import Glibc

/// The memory of a mapped file, unmapped when it goes.
final class MappedMemory: Sendable {
    // The address is only handed out; whoever writes through it holds a lock of its own.
    nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    /// Takes over what was mapped.
    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    deinit { munmap(bytes.baseAddress, bytes.count) }

    /// Makes a new file of so many zero bytes and maps it, shared and touched.
    ///
    /// Allocated whole before it is mapped: a hole in a full file system would be a SIGBUS on the check path.
    static func make(
        _ name: String, in directory: borrowing Directory, byteCount: Int
    ) throws(SystemError) -> MappedMemory {
        let path = directory.path(of: name)
        let file = try directory.open(name, flags: O_RDWR | O_CREAT | O_EXCL)
        let failure = posix_fallocate(file.number, 0, off_t(byteCount))
        guard failure == 0 else {
            unlink(path)
            throw SystemError("allocate \(byteCount) bytes for", path, number: failure)
        }
        guard let memory = linux_map(file.number, byteCount) else {
            let number = errno
            unlink(path)
            throw SystemError("map", path, number: number)
        }
        return MappedMemory(UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
    }

    /// Maps a file of another incarnation for reading: nothing that is done to its memory reaches the file. Nil for an empty
    /// one.
    static func open(_ name: String, in directory: borrowing Directory) throws(SystemError) -> MappedMemory? {
        let file = try directory.open(name, flags: O_RDONLY)
        var info = stat()
        guard fstat(file.number, &info) == 0 else { throw SystemError("look at", directory.path(of: name)) }
        guard info.st_size > 0 else { return nil }
        guard let memory = linux_map_private(file.number, Int(info.st_size)) else {
            throw SystemError("map", directory.path(of: name))
        }
        return MappedMemory(UnsafeMutableRawBufferPointer(start: memory, count: Int(info.st_size)))
    }
}
