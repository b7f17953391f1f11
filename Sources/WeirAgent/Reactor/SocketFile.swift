import CLinux
import Glibc
import WeirJournal

/// A Unix socket under a path of its own, which connections or datagrams come to.
///
/// It is bound under another name in the same directory, given its rights, and renamed over the path: a client finds
/// the old socket or the new one, never none, and never one with wider rights. A lock file beside it says that it is in
/// use. Nothing follows a link, and the directory must not be writable by everybody.
struct SocketFile: ~Copyable {
    /// Connections that may wait to be accepted; a Unix connect fails at once where there is no room.
    static let backlog: Int32 = 4_096
    /// Bytes of the longest path that clients can connect to.
    static let maximumPathBytes = 107

    let path: String
    let descriptor: Descriptor
    private let lock: Descriptor
    private let inode: UInt64

    /// - Parameters:
    ///   - mode: the rights of the socket file.
    ///   - group: its group; nil for the agent's own.
    ///   - takesDatagrams: whether it takes datagrams, from whoever may write to it; else connections.
    init(path: String, mode: UInt32, group: gid_t?, takesDatagrams: Bool = false) throws(StartError) {
        guard path.utf8.count <= Self.maximumPathBytes else {
            throw StartError(
                "\(path): a socket's path has at most \(Self.maximumPathBytes) bytes: choose a shorter one")
        }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw StartError("\(path): a socket lies in a directory of its own, not in /")
        }
        let directory = String(path[..<slash])
        let name = String(path[path.index(after: slash)...])
        let folder = linux_open_directory(directory)
        guard folder >= 0 else {
            throw StartError("cannot open the directory \(directory): \(reason()): make it, or set another path")
        }
        let handle = Descriptor(owning: folder)
        try Self.check(handle.number, directory)
        // From here on every name is relative to the directory that was checked.
        let base = "/proc/self/fd/\(handle.number)"
        let lock = try Self.lock("\(base)/\(name).lock", for: path)
        try Self.checkOccupant("\(base)/\(name)", path)
        let temporary = "\(base)/.\(name).\(getpid())"
        let descriptor = try Self.bind(
            temporary, path: path, mode: mode, group: group, takesDatagrams: takesDatagrams)
        guard rename(temporary, "\(base)/\(name)") == 0 else {
            let failure = reason()
            unlink(temporary)
            throw StartError("cannot move the socket to \(path): \(failure)")
        }
        var info = stat()
        inode = lstat("\(base)/\(name)", &info) == 0 ? UInt64(info.st_ino) : 0
        self.path = path
        self.descriptor = descriptor
        self.lock = lock
    }

    private static func check(_ directory: Int32, _ path: String) throws(StartError) {
        var info = stat()
        guard fstat(directory, &info) == 0 else { throw StartError("cannot look at \(path): \(reason())") }
        guard info.st_mode & 0o002 == 0 else {
            throw StartError(
                "\(path) is writable by every user, who could put a socket of his own there: chmod o-w \(path)")
        }
        guard info.st_uid == geteuid() || info.st_uid == 0 else {
            throw StartError("\(path) belongs to another user (\(info.st_uid)): choose a directory of the agent's own")
        }
    }

    private static func lock(_ lockPath: String, for path: String) throws(StartError) -> Descriptor {
        let number = linux_open(lockPath, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw StartError("cannot open \(path).lock: \(reason())") }
        let file = Descriptor(owning: number)
        guard linux_lock(file.number) == 0 else {
            throw StartError("\(path) is in use by another agent: stop it, or set WEIR_SOCKET and WEIR_RUNTIME_DIR")
        }
        return file
    }

    /// A stale socket is replaced; anything else is not ours to remove.
    private static func checkOccupant(_ place: String, _ path: String) throws(StartError) {
        var info = stat()
        guard lstat(place, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw StartError("\(path) exists and is no socket: remove it, or set another path")
        }
    }

    private static func bind(
        _ temporary: String, path: String, mode: UInt32, group: gid_t?, takesDatagrams: Bool
    ) throws(StartError) -> Descriptor {
        let number = takesDatagrams ? linux_unix_datagram_socket() : linux_unix_socket()
        guard number >= 0 else { throw StartError("cannot make a socket for \(path): \(reason())") }
        let descriptor = Descriptor(owning: number)
        unlink(temporary)
        let umaskBefore = umask(0o177)
        let bound = linux_bind_unix(number, temporary)
        umask(umaskBefore)
        guard bound == 0 else { throw StartError("cannot bind \(path): \(reason())") }
        if let group, chown(temporary, uid_t.max, group) != 0 {
            let failure = reason()
            unlink(temporary)
            throw StartError("cannot give \(path) to group \(group): \(failure): add the agent's user to the group")
        }
        guard chmod(temporary, mode) == 0, takesDatagrams || listen(number, backlog) == 0 else {
            let failure = reason()
            unlink(temporary)
            throw StartError("cannot listen on \(path): \(failure)")
        }
        return descriptor
    }

    /// Takes the file away, unless a successor has put its own there.
    func remove() {
        var info = stat()
        if lstat(path, &info) == 0, UInt64(info.st_ino) == inode { unlink(path) }
    }
}

/// The system's words for `errno`.
func reason() -> String { String(cString: strerror(errno)) }
