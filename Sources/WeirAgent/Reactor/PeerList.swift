package import Glibc

/// Who may connect to the Unix sockets, beyond what their rights say: `WEIR_PEERS`.
package struct PeerList: Equatable, Sendable {
    /// What the kernel reports for users and groups that do not exist in this user namespace: everybody and nobody, so that a
    /// list that names it would let in whole containers.
    private static let overflow: uid_t = 65_534

    private let users: Set<uid_t>
    private let groups: Set<gid_t>
    private let isOpen: Bool

    /// Resolves names and numbers; groups begin with `@`.
    ///
    /// - Throws: the first name that this machine does not know, or that stands for everybody.
    package init(_ entries: [String]) throws(StartError) {
        var users: Set<uid_t> = []
        var groups: Set<gid_t> = []
        for entry in entries {
            if entry.hasPrefix("@") {
                groups.insert(try Self.group(String(entry.dropFirst())))
            } else if let number = uid_t(entry) {
                users.insert(number)
            } else if let user = getpwnam(entry) {
                users.insert(user.pointee.pw_uid)
            } else {
                throw StartError("WEIR_PEERS: no user \"\(entry)\" on this machine: name another, or its number")
            }
        }
        guard !users.contains(Self.overflow), !groups.contains(Self.overflow) else {
            throw StartError(
                "WEIR_PEERS: \(Self.overflow) (nobody) stands for every user of another user namespace: name others")
        }
        self.users = users
        self.groups = groups
        isOpen = entries.isEmpty
    }

    /// The number of a group given by name or number.
    static func group(_ name: String) throws(StartError) -> gid_t {
        if let number = gid_t(name) { return number }
        guard let group = getgrnam(name) else {
            throw StartError("no group \"\(name)\" on this machine: make it (groupadd \(name)), or name another")
        }
        return group.pointee.gr_gid
    }

    package func allows(user: uid_t, group: gid_t) -> Bool {
        isOpen || users.contains(user) || (groups.contains(group) && user != Self.overflow)
    }
}
