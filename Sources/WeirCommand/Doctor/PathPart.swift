/// One part on the way to a socket: each directory from `/` on, then the socket.
package struct PathPart: Equatable, Sendable {
    package enum Kind: Equatable, Sendable { case directory, socket, other }

    package var path: String
    package var kind: Kind
    /// The nine bits of rights.
    package var mode: UInt32
    package var owner: UInt32
    package var group: UInt32
    package var groupName: String

    package init(path: String, kind: Kind, mode: UInt32, owner: UInt32, group: UInt32, groupName: String) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.groupName = groupName
    }

    /// Whether a user passes: to search a directory is to execute it, to connect to a socket is to write to it.
    package func lets(_ user: UserFacts) -> Bool {
        if user.user == 0 { return true }
        let bit: UInt32 = kind == .directory ? 0o1 : 0o2
        // The first class that fits decides, even where the next one would give more.
        if user.user == owner { return mode & (bit << 6) != 0 }
        if user.group == group || user.otherGroups.contains(group) { return mode & (bit << 3) != 0 }
        return mode & bit != 0
    }

    /// `0660 group weir`.
    var rights: String {
        let digits = String(mode & 0o777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + " group " + groupName
    }
}
