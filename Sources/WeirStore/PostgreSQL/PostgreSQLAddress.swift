/// Where a database is, as `WEIR_DATABASE` says it:
/// `postgres://[user[:password]@][host[:port][,host[:port]…]][/database][?name=value&…]`.
///
/// Parts are percent-encoded; an IPv6 address stands in brackets; a socket's folder is given as `?host=/path`, or as an encoded host
/// (`%2Frun%2Fpostgresql`). The query takes libpq's words for TLS, sockets and failover. Its description has no password.
package struct PostgreSQLAddress: Equatable, Sendable {
    /// As many hosts a URL may list.
    static let maximumHosts = 16
    /// Bytes of a URL.
    static let maximumBytes = 4_096

    package struct Host: Equatable, Sendable {
        /// A name, an IP address without brackets, or a socket's folder.
        package var name: String
        package var port: Int

        package init(name: String, port: Int = 5432) {
            self.name = name
            self.port = port
        }
    }

    /// Empty: libpq's default, a socket of this machine.
    package var hosts: [Host]
    package var user: String?
    package var password: String?
    package var database: String?
    /// Further words of libpq, in the order of the URL.
    package var parameters: [Parameter]

    package struct Parameter: Equatable, Sendable {
        package var name: String
        package var value: String
    }

    /// - Throws: with the part that is wrong.
    package init(_ text: String) throws(PostgreSQLAddressError) {
        var parser = PostgreSQLAddressParser(text)
        self = try parser.parse()
    }

    init(hosts: [Host], user: String?, password: String?, database: String?, parameters: [Parameter]) {
        self.hosts = hosts
        self.user = user
        self.password = password
        self.database = database
        self.parameters = parameters
    }

    /// libpq's words and values. Those of the URL win over what Weir would choose.
    func connectionWords(connectTimeout: Duration) -> [Parameter] {
        var words: [Parameter] = []
        func add(_ name: String, _ value: String?) {
            if let value { words.append(Parameter(name: name, value: value)) }
        }
        if !hosts.isEmpty {
            add("host", hosts.map(\.name).joined(separator: ","))
            add("port", hosts.map { "\($0.port)" }.joined(separator: ","))
        }
        add("user", user)
        add("password", password)
        add("dbname", database)
        add("application_name", "weir")
        add("client_encoding", "UTF8")
        add("connect_timeout", "\(max(2, connectTimeout.components.seconds))")
        // Of several hosts the one that takes writes.
        add("target_session_attrs", "read-write")
        // A peer that is gone without a word is noticed.
        add("keepalives_idle", "30")
        add("keepalives_interval", "10")
        add("keepalives_count", "3")
        return words.filter { word in !parameters.contains { $0.name == word.name } } + parameters
    }
}

extension PostgreSQLAddress: CustomStringConvertible {
    /// The URL without password and query.
    package var description: String {
        let places = hosts.map { host in
            if host.name.hasPrefix("/") { return host.name }
            return (host.name.contains(":") ? "[\(host.name)]" : host.name) + ":\(host.port)"
        }
        return "postgres://" + (user.map { "\($0)@" } ?? "") + places.joined(separator: ",") + "/" + (database ?? "")
    }
}

extension PostgreSQLAddress: CustomDebugStringConvertible, CustomReflectable {
    /// As the description, so that no print shows a password.
    package var debugDescription: String { description }

    /// Nothing, so that no dump shows a password.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
