import WeirCore

/// Reads the URL of a database, part by part.
struct PostgreSQLAddressParser {
    private typealias Problem = PostgreSQLAddressError

    private static let form = "postgres://USER@HOST:5432/DATABASE"
    /// What the query may say: libpq's words that make sense here. Timeouts and encoding are Weir's own.
    private static let words = [
        "host", "port", "user", "password", "dbname", "hostaddr", "sslmode", "sslrootcert", "sslcert", "sslkey",
        "sslcrl",
        "sslpassword", "sslsni", "ssl_min_protocol_version", "ssl_max_protocol_version", "channel_binding",
        "gssencmode", "krbsrvname", "passfile", "require_auth", "requirepeer", "target_session_attrs",
        "application_name", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout",
    ]
    private static let choices = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "channel_binding": ["disable", "prefer", "require"],
        "gssencmode": ["disable", "prefer", "require"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
    ]

    private let text: String

    init(_ text: String) { self.text = text }

    mutating func parse() throws(PostgreSQLAddressError) -> PostgreSQLAddress {
        guard text.utf8.count <= PostgreSQLAddress.maximumBytes else {
            throw Problem(
                .scheme, found: "\(text.utf8.count) bytes", expected: "at most \(PostgreSQLAddress.maximumBytes) bytes",
                hint: Self.form)
        }
        guard let scheme = ["postgres://", "postgresql://"].first(where: { text.hasPrefix($0) }) else {
            throw Problem(
                .scheme, found: "another scheme", expected: "postgres:// or postgresql://", hint: Self.form)
        }
        var rest = text.dropFirst(scheme.count)
        let query = cut(&rest, behindFirst: "?") ?? ""
        let path = cut(&rest, behindFirst: "/")
        var address = PostgreSQLAddress(hosts: [], user: nil, password: nil, database: nil, parameters: [])
        if let at = rest.lastIndex(of: "@") {
            try readCredentials(rest[..<at], into: &address)
            rest = rest[rest.index(after: at)...]
        }
        address.hosts = try hosts(rest)
        if let path, !path.isEmpty {
            if path.contains("/") {
                throw Problem(.database, found: "several names", expected: "one name", hint: "/ in a name as %2F")
            }
            address.database = try decoded(path, .database)
        }
        try readQuery(query, into: &address)
        return address
    }

    /// Takes what stands behind the first such character off, and the character.
    private func cut(_ text: inout Substring, behindFirst character: Character) -> Substring? {
        guard let place = text.firstIndex(of: character) else { return nil }
        let behind = text[text.index(after: place)...]
        text = text[..<place]
        return behind
    }

    private func readCredentials(
        _ text: Substring, into address: inout PostgreSQLAddress
    ) throws(PostgreSQLAddressError) {
        var user = text
        let password = cut(&user, behindFirst: ":")
        address.user = user.isEmpty ? nil : try decoded(user, .user)
        if let password, !password.isEmpty { address.password = try decoded(password, .password) }
    }

    // MARK: Hosts

    private func hosts(_ text: Substring) throws(PostgreSQLAddressError) -> [PostgreSQLAddress.Host] {
        if text.isEmpty { return [] }
        var hosts: [PostgreSQLAddress.Host] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) { hosts.append(try host(part)) }
        return try checked(hosts)
    }

    private func checked(
        _ hosts: [PostgreSQLAddress.Host]
    ) throws(PostgreSQLAddressError) -> [PostgreSQLAddress.Host] {
        guard hosts.count <= PostgreSQLAddress.maximumHosts else {
            throw Problem(
                .host, found: "\(hosts.count) hosts", expected: "at most \(PostgreSQLAddress.maximumHosts)",
                hint: "HOST:5432,HOST:5432")
        }
        return hosts
    }

    private func host(_ text: Substring) throws(PostgreSQLAddressError) -> PostgreSQLAddress.Host {
        var name = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw Problem(.host, found: "no ]", expected: "] behind an IPv6 address", hint: "[::1]:5432")
            }
            name = text[text.index(after: text.startIndex)..<end]
            let behind = text[text.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw Problem(.host, found: "more text", expected: "a colon and a port behind ]", hint: "[::1]:5432")
            }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            port = cut(&name, behindFirst: ":")
            if let port, port.contains(":") {
                throw Problem(
                    .host, found: "several colons", expected: "an IPv6 address in brackets", hint: "[::1]:5432")
            }
        }
        guard !name.isEmpty else {
            throw Problem(.host, found: "nothing", expected: "a name or an address", hint: "HOST:5432, HOST:5432")
        }
        return PostgreSQLAddress.Host(
            name: try decoded(name, .host), port: try port.map { text throws(Problem) in try self.port(text) } ?? 5432)
    }

    private func port(_ text: Substring) throws(PostgreSQLAddressError) -> Int {
        guard let port = Int(text), (1...65_535).contains(port) else {
            throw Problem(
                .port, found: text.isEmpty ? "nothing" : "something else", expected: "a number from 1 to 65535",
                hint: "HOST:5432")
        }
        return port
    }

    // MARK: The query

    private func readQuery(
        _ text: Substring, into address: inout PostgreSQLAddress
    ) throws(PostgreSQLAddressError) {
        var hosts: [String]?
        var ports: [Int] = []
        for part in text.split(separator: "&") {
            var encoded = part
            guard let value = cut(&encoded, behindFirst: "=") else {
                throw Problem(
                    .query, found: "a word without a value", expected: "name=value", hint: "?sslmode=verify-full")
            }
            let name = try decoded(encoded, .query)
            let word = try decoded(value, name.contains("password") ? .password : .query)
            try check(name, word)
            switch name {
            case "host": hosts = word.split(separator: ",").map(String.init)
            case "port":
                ports = []
                for part in word.split(separator: ",") { ports.append(try port(part)) }
            case "user": address.user = word
            case "password": address.password = word
            case "dbname": address.database = word
            default:
                address.parameters.removeAll { $0.name == name }
                address.parameters.append(PostgreSQLAddress.Parameter(name: name, value: word))
            }
        }
        if let hosts { address.hosts = try checked(hosts.map { PostgreSQLAddress.Host(name: $0) }) }
        if ports.isEmpty { return }
        guard ports.count == 1 || ports.count == address.hosts.count else {
            throw Problem(
                .port, found: "\(ports.count) ports for \(address.hosts.count) hosts",
                expected: "one for all, or one each",
                hint: "?port=5432")
        }
        if address.hosts.isEmpty {
            // The default socket, at another port.
            address.parameters.append(PostgreSQLAddress.Parameter(name: "port", value: "\(ports[0])"))
        }
        for index in address.hosts.indices { address.hosts[index].port = ports[ports.count == 1 ? 0 : index] }
    }

    private func check(_ name: String, _ value: String) throws(PostgreSQLAddressError) {
        guard Self.words.contains(name) else {
            // Any other word is not quoted: it may be the end of a password with a question mark in it.
            let meant = Suggestion.nearest(to: name, among: Self.words)
            throw Problem(
                .query, found: meant == nil ? "another word" : "\"\(name)\"",
                expected: "one of \(Self.words.joined(separator: ", "))",
                hint: meant.map { "\($0)=…" } ?? "?sslmode=verify-full, and %3F for a question mark in a password")
        }
        guard let choices = Self.choices[name], !choices.contains(value) else { return }
        let hint = Suggestion.nearest(to: value, among: choices) ?? choices[choices.count - 1]
        throw Problem(
            .query, found: "\(name)=\(value)", expected: "\(name) of \(choices.joined(separator: ", "))",
            hint: "\(name)=\(hint)")
    }

    // MARK: Text

    private func decoded(
        _ text: Substring, _ part: PostgreSQLAddressError.Part
    ) throws(PostgreSQLAddressError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.count == 2, let code = UInt8(digits, radix: 16), digits.first != "+", code != 0 else {
                throw Problem(
                    part, found: "a % without them", expected: "two hexadecimal digits behind %, and not 00",
                    hint: "%25 for a percent sign")
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !decoded.contains("\0") else {
            throw Problem(part, found: "other bytes", expected: "UTF-8 without zero bytes", hint: Self.form)
        }
        return decoded
    }
}
