/// A user of this machine, as the doctor needs to know him.
package struct UserFacts: Equatable, Sendable {
    package var name: String
    package var user: UInt32
    /// The primary group.
    package var group: UInt32
    /// All others.
    package var otherGroups: [UInt32]

    package init(name: String, user: UInt32, group: UInt32, otherGroups: [UInt32] = []) {
        self.name = name
        self.user = user
        self.group = group
        self.otherGroups = otherGroups
    }

    /// As a server runs that sets its primary group alone, as HAProxy does.
    package var withPrimaryGroupAlone: UserFacts { UserFacts(name: name, user: user, group: group) }
}

/// A process that runs, with the rights that it has got when it was started.
package struct ProcessFacts: Equatable, Sendable {
    package var process: Int32
    package var user: UInt32
    package var group: UInt32
    package var otherGroups: [UInt32]
    /// Whether it finds the door's socket at the path of its configuration, in its own root and mounts; nil where nobody may look.
    package var findsSocket: Bool?

    package init(process: Int32, user: UInt32, group: UInt32, otherGroups: [UInt32], findsSocket: Bool? = nil) {
        self.process = process
        self.user = user
        self.group = group
        self.otherGroups = otherGroups
        self.findsSocket = findsSocket
    }
}
