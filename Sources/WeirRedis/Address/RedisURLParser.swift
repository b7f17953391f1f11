/// Reads a URL of a store, part by part.
struct RedisURLParser {
    private typealias Part = RedisURLError.Part

    private let text: [UInt8]
    private var position = 0

    init(_ text: String) { self.text = Array(text.utf8) }

    mutating func parse() throws(RedisURLError) -> RedisURL {
        let scheme = try scheme()
        if scheme == "unix" { return try socket() }
        let isEncrypted = scheme.hasPrefix("rediss")
        let end = text[position...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? text.count
        let (user, password) = try credentials(until: end)
        var url = RedisURL(
            topology: .cluster([]), isEncrypted: isEncrypted, user: user, password: password, database: 0)
        if scheme.hasSuffix("+sentinel") {
            let hosts = try hosts(until: end, port: RedisURL.defaultSentinelPort)
            let name = try name(isEncrypted)
            url.topology = .sentinel(hosts, name: name)
            url.database = try query()
        } else if scheme.hasSuffix("+cluster") {
            url.topology = .cluster(try hosts(until: end, port: RedisURL.defaultPort))
            try nothingElse()
        } else {
            let start = position
            let hosts = try hosts(until: end, port: RedisURL.defaultPort)
            guard hosts.count == 1 else {
                throw error(
                    .host, start, "\(hosts.count) hosts", "one host",
                    "\(scheme)+sentinel://HOST,HOST/NAME or \(scheme)+cluster://HOST,HOST for several")
            }
            url.topology = .single(hosts[0])
            url.database = try pathDatabase()
        }
        return url
    }

    // MARK: Scheme

    private static let schemes = [
        "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster",
    ]

    private mutating func scheme() throws(RedisURLError) -> String {
        let expected = "redis://, rediss://, unix:, redis+sentinel:// or redis+cluster://"
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            throw error(.scheme, 0, text.isEmpty ? "nothing" : "no scheme", expected, "redis://HOST:6379")
        }
        let scheme = string(0..<colon)
        if scheme == "unix" {
            position = colon + 1
            return scheme
        }
        guard Self.schemes.contains(scheme) else {
            let known = scheme.utf8.allSatisfy { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") || $0 == 0x2B }
            let hint =
                switch scheme {
                case "http", "tcp": "redis://HOST:6379"
                case "https", "tls", "ssl": "rediss://HOST:6379"
                case "redis+unix", "redis+socket", "socket", "file": "unix:/path/of/the/socket"
                case "sentinel": "redis+sentinel://HOST,HOST/NAME"
                case "cluster": "redis+cluster://HOST,HOST"
                default:
                    Self.schemes.contains(scheme.lowercased()) ? "\(scheme.lowercased())://…" : "redis://HOST:6379"
                }
            // Without a scheme the text before the colon may be a host, or a user.
            throw error(
                .scheme, 0, known && string(colon..<min(colon + 3, text.count)) == "://" ? "\(scheme)://" : "no scheme",
                expected, hint)
        }
        guard string(colon..<min(colon + 3, text.count)) == "://" else {
            throw error(.scheme, colon, "\(scheme): without //", "\(scheme)://", "\(scheme)://HOST:6379")
        }
        position = colon + 3
        return scheme
    }

    // MARK: Credentials and hosts

    private mutating func credentials(until end: Int) throws(RedisURLError) -> (user: String?, password: String?) {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")), at >= position else { return (nil, nil) }
        guard at < end else {
            throw error(
                .credentials, position, "an @ behind a / or ?", "credentials that are percent-encoded",
                "%2F for /, %3F for ?, %40 for @")
        }
        let start = position
        guard let colon = text[start..<at].firstIndex(of: UInt8(ascii: ":")) else {
            throw error(.credentials, start, "no colon", "user:password", ":PASSWORD@HOST for a password alone")
        }
        let user = try decoded(start..<colon)
        let password = try decoded(colon + 1..<at)
        guard !password.isEmpty else {
            throw error(
                .credentials, colon + 1, "an empty password", "a password",
                "user:password@, or no @ where the password comes from a file")
        }
        position = at + 1
        return (user.isEmpty ? nil : user, password)
    }

    private func decoded(_ range: Range<Int>) throws(RedisURLError) -> String {
        var bytes: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            if text[index] != UInt8(ascii: "%") {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < range.upperBound, let byte = UInt8(string(index + 1..<index + 3), radix: 16) else {
                throw error(.credentials, index, "a % without two digits", "%XX", "%25 for a per cent sign")
            }
            bytes.append(byte)
            index += 3
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func hosts(until end: Int, port: Int) throws(RedisURLError) -> [RedisAddress] {
        var hosts: [RedisAddress] = []
        while true {
            let comma = text[position..<end].firstIndex(of: UInt8(ascii: ",")) ?? end
            hosts.append(try host(until: comma, port: port))
            position = comma
            guard comma < end else { return hosts }
            guard hosts.count < RedisURL.maximumHosts else {
                throw error(.host, position, "more", "at most \(RedisURL.maximumHosts) hosts", "a few of them")
            }
            position += 1
        }
    }

    private mutating func host(until end: Int, port: Int) throws(RedisURLError) -> RedisAddress {
        let start = position
        var colon: Int?
        var host: String
        if start < end, text[start] == UInt8(ascii: "[") {
            guard let close = text[start..<end].firstIndex(of: UInt8(ascii: "]")) else {
                throw error(.host, start, "[ without ]", "an IPv6 address in brackets", "[2001:db8::1]:6379")
            }
            host = string(start + 1..<close)
            guard Self.isAddress(text[start + 1..<close]) else {
                throw error(.host, start, "no such address", "an IPv6 address in brackets", "[2001:db8::1]:6379")
            }
            guard close + 1 == end || text[close + 1] == UInt8(ascii: ":") else {
                throw error(.port, close + 1, "\"\(string(close + 1..<end))\"", ":PORT behind ]", "[\(host)]:6379")
            }
            colon = close + 1 == end ? nil : close + 1
        } else {
            colon = text[start..<end].firstIndex(of: UInt8(ascii: ":"))
            if let colon, text[colon + 1..<end].contains(UInt8(ascii: ":")) {
                throw error(.host, start, "several colons", "an IPv6 address in brackets", "[2001:db8::1]:6379")
            }
            host = string(start..<(colon ?? end))
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw error(.host, start, host.isEmpty ? "nothing" : "a space", "a host", "localhost:\(port)")
        }
        guard let colon else { return .tcp(host: host, port: port) }
        let digits = string(colon + 1..<end)
        guard let number = Int(digits), (1...65535).contains(number), digits.utf8.allSatisfy({ $0 != 0x2B }) else {
            // What is no number may be a password whose host is missing.
            let found = digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? "\"\(digits)\"" : "no number"
            throw error(.port, colon + 1, found, "a port from 1 to 65535", "HOST:\(port)")
        }
        return .tcp(host: host, port: number)
    }

    /// Whether bytes can be those of an IPv6 address, perhaps with a zone; whether they are, the resolver says.
    private static func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
        let address = bytes.prefix { $0 != UInt8(ascii: "%") }
        return address.contains(UInt8(ascii: ":"))
            && address.allSatisfy { byte in
                (0x30...0x3A).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
                    || byte == UInt8(ascii: ".")
            } && !bytes.contains { "[]/?,@".utf8.contains($0) }
    }

    // MARK: What comes behind the hosts

    private mutating func socket() throws(RedisURLError) -> RedisURL {
        let start = position
        let end = text[start...].firstIndex(of: UInt8(ascii: "?")) ?? text.count
        var path = string(start..<end)
        if path.hasPrefix("///") { path.removeFirst(2) }
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw error(
                .path, start, path.isEmpty ? "nothing" : "\"\(path)\"", "an absolute path",
                "unix:/run/redis/redis-server.sock")
        }
        guard path.utf8.count <= 107 else {
            throw error(
                .path, start, "\(path.utf8.count) bytes", "at most 107 bytes", "a shorter path, or a link to it")
        }
        position = end
        return RedisURL(
            topology: .single(.unix(path: path)), isEncrypted: false, user: nil, password: nil, database: try query())
    }

    private mutating func pathDatabase() throws(RedisURLError) -> Int {
        guard position < text.count, text[position] == UInt8(ascii: "/") else { return try query() }
        position += 1
        let end = text[position...].firstIndex(of: UInt8(ascii: "?")) ?? text.count
        guard end > position else {
            position = end
            return try query()
        }
        let number = try database(position..<end)
        position = end
        guard position == text.count else {
            throw error(.query, position, "\"\(string(position..<text.count))\"", "the end", "the URL up to \"?\"")
        }
        return number
    }

    private mutating func name(_ isEncrypted: Bool) throws(RedisURLError) -> String {
        let example = "\(isEncrypted ? "rediss" : "redis")+sentinel://HOST,HOST/mymaster"
        guard position < text.count, text[position] == UInt8(ascii: "/") else {
            throw error(.name, position, "nothing", "/ and the name that the Sentinels watch", example)
        }
        let start = position + 1
        let end = text[start...].firstIndex(of: UInt8(ascii: "?")) ?? text.count
        let name = string(start..<end)
        guard !name.isEmpty, !name.contains("/") else {
            throw error(
                .name, start, name.isEmpty ? "nothing" : "\"\(name)\"", "the name that the Sentinels watch",
                name.isEmpty ? example : "\(example)?db=N for a database")
        }
        position = end
        return name
    }

    /// `?db=N` or the end.
    private mutating func query() throws(RedisURLError) -> Int {
        guard position < text.count else { return 0 }
        guard string(position..<min(position + 4, text.count)) == "?db=" else {
            throw error(.query, position, "something else", "?db=N or the end", "?db=0")
        }
        defer { position = text.count }
        return try database(position + 4..<text.count)
    }

    private func database(_ range: Range<Int>) throws(RedisURLError) -> Int {
        let digits = string(range)
        guard let number = Int(digits), (0...1_000_000).contains(number), digits.utf8.first != 0x2B else {
            throw error(.database, range.lowerBound, "\"\(digits)\"", "the number of a database", "0")
        }
        return number
    }

    private func nothingElse() throws(RedisURLError) {
        let rest = string(position..<text.count)
        guard rest.isEmpty || rest == "/" else {
            throw error(
                .database, position, "\"\(rest)\"", "the end: a cluster has only database 0",
                "the URL without \"\(rest)\"")
        }
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }

    private func error(
        _ part: RedisURLError.Part, _ offset: Int, _ found: String, _ expected: String, _ hint: String
    ) -> RedisURLError {
        RedisURLError(part: part, offset: offset, found: found, expected: expected, hint: hint)
    }
}

extension RedisURL {
    /// Reads a URL.
    ///
    /// - Throws: the first part that is wrong, with what to write instead.
    package init(_ text: String) throws(RedisURLError) {
        var parser = RedisURLParser(text)
        self = try parser.parse()
    }
}
