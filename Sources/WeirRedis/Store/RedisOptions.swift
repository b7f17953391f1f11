package import NIOCore

/// What the URL of a store does not say: who the agent is, how it knows the server, and how long it waits.
package struct RedisOptions: Sendable {
    /// User of the ACL and its password; those of the URL where nil. A password alone is the default user's.
    package var user: String?
    package var password: String?
    /// User and password at the Sentinels.
    package var sentinelUser: String?
    package var sentinelPassword: String?
    /// A PEM file of the authorities that sign servers' certificates; nil: the system's.
    package var authorityFile: String?
    /// PEM files of the agent's own certificate and its key, where the server asks for one.
    package var certificateFile: String?
    package var keyFile: String?
    /// The name that servers' certificates must have; nil: the host of the URL.
    package var serverName: String?
    /// For how long connecting may take: resolving, TCP, TLS and the first commands.
    package var connectTimeout: TimeAmount = .seconds(1)
    /// For how long a reply may take, from the moment of writing.
    package var commandTimeout: TimeAmount = .milliseconds(500)
    /// Part of every key, `{wNNN}:NAMESPACE:…`: fleets of different names do not meet.
    package var namespace: String

    /// - Parameter namespace: without `}` or spaces; whoever reads it from the environment checks it.
    package init(namespace: String) { self.namespace = namespace }
}

extension RedisOptions: CustomStringConvertible, CustomReflectable {
    /// Without users and passwords, so that no print shows them.
    package var description: String { "options of the namespace \(namespace)" }

    /// Nothing, so that no dump shows a password.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
