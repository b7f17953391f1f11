import FoundationEssentials
import Glibc

/// Looks at this machine: files, users, processes. Everything that judges is elsewhere, and works on what this returns.
enum Machine {
    /// Bytes of a configuration file at most.
    private static let maximumBytes = 8 << 20

    /// A file's text; nil where it cannot be read.
    static func text(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= maximumBytes else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Files of a directory with this ending, in order, with their paths.
    static func files(in directory: String, ending: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { "\(directory)/\($0)" }
    }

    /// Files whose paths match a pattern of the shell's, in order.
    static func files(matching pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    /// Each directory from `/` to a socket, and the socket, as far as they are there; links are followed.
    static func way(to path: String) -> [PathPart] {
        var parts: [PathPart] = []
        var place = ""
        for name in [""] + path.split(separator: "/").map(String.init) {
            place = place == "/" || name.isEmpty ? "/\(name)" : "\(place)/\(name)"
            var info = stat()
            guard stat(place, &info) == 0 else { break }
            let kind: PathPart.Kind =
                switch info.st_mode & S_IFMT {
                case S_IFDIR: .directory
                case S_IFSOCK: .socket
                default: .other
                }
            parts.append(
                PathPart(
                    path: place, kind: kind, mode: info.st_mode & 0o777, owner: info.st_uid, group: info.st_gid,
                    groupName: groupName(info.st_gid)))
        }
        return parts
    }

    private static func groupName(_ group: gid_t) -> String {
        getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "\(group)"
    }

    /// A user with all its groups; nil where there is none of that name.
    ///
    /// - Parameter group: its primary group where the server's configuration says another than the user's own.
    static func user(named name: String, group: String? = nil) -> UserFacts? {
        guard let entry = getpwnam(name) else { return nil }
        let user = entry.pointee.pw_uid
        var primary = entry.pointee.pw_gid
        if let group {
            guard let found = getgrnam(group) else { return nil }
            primary = found.pointee.gr_gid
        }
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(name, primary, &groups, &count) >= 0 else {
            return UserFacts(name: name, user: user, group: primary)
        }
        return UserFacts(
            name: name, user: user, group: primary, otherGroups: groups.prefix(Int(count)).filter { $0 != primary })
    }

    /// The processes of a server: those with its name, of the master in this file where there is one.
    ///
    /// - Parameter socket: the path that each of them is asked for, as it sees it.
    static func processes(named name: String, master pidFile: String?, socket: String? = nil) -> [ProcessFacts] {
        let master = pidFile.flatMap { text(of: $0) }.flatMap { Int32($0.filter { $0.isNumber }) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.sorted().compactMap { process in
            guard let status = text(of: "/proc/\(process)/status") else { return nil }
            let fields = ProcessStatus(status)
            guard fields.name == name, master == nil || process == master || fields.parent == master else { return nil }
            return ProcessFacts(
                process: process, user: fields.user, group: fields.group, otherGroups: fields.groups,
                findsSocket: socket.flatMap { finds($0, process) })
        }
    }

    /// Whether a process finds a path in its own root; nil where nobody may look.
    private static func finds(_ path: String, _ process: Int32) -> Bool? {
        guard access("/proc/\(process)/root/.", F_OK) == 0 else { return nil }
        return access("/proc/\(process)/root\(path)", F_OK) == 0
    }
}
