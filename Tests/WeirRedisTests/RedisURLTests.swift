import Testing

import WeirRedis

/// `WEIR_REDIS_URL`: what each form means, and what is said of those that are wrong.
@Suite struct RedisURLTests {
    private func single(_ host: String, _ port: Int = 6379) -> RedisURL.Topology {
        .single(.tcp(host: host, port: port))
    }

    @Test func oneServerIsReachedByNameOrAddress() throws {
        #expect(try RedisURL("redis://cache").topology == single("cache"))
        #expect(try RedisURL("redis://10.0.0.1:7000/").topology == single("10.0.0.1", 7000))
        #expect(try RedisURL("redis://[2001:db8::1]:7000").topology == single("2001:db8::1", 7000))
        #expect(try RedisURL("redis://[::1]/2").topology == single("::1"))
        #expect(try RedisURL("redis://cache/15").database == 15)
        #expect(try RedisURL("redis://cache?db=3").database == 3)
        #expect(try !RedisURL("redis://cache").isEncrypted)
        #expect(try RedisURL("rediss://cache").isEncrypted)
    }

    @Test func credentialsArePercentDecoded() throws {
        let url = try RedisURL("rediss://weir:p%40ss%2Fw%3A%25@cache")
        #expect(url.user == "weir")
        #expect(url.password == "p@ss/w:%")
        let passwordAlone = try RedisURL("redis://:secret@cache")
        #expect(passwordAlone.user == nil)
        #expect(passwordAlone.password == "secret")
        // A colon in a password needs no encoding, nor does an @.
        #expect(try RedisURL("redis://u:a:b@c@cache").password == "a:b@c")
    }

    @Test func aSocketIsReachedByItsPath() throws {
        #expect(try RedisURL("unix:/run/redis.sock").topology == .single(.unix(path: "/run/redis.sock")))
        #expect(try RedisURL("unix:///run/redis.sock?db=4").database == 4)
        #expect(try RedisURL("unix:///run/redis.sock").topology == .single(.unix(path: "/run/redis.sock")))
    }

    @Test func sentinelsNameThePrimary() throws {
        let url = try RedisURL("redis+sentinel://u:p@a,b:5000,[::1]:6/main?db=2")
        let hosts: [RedisAddress] = [
            .tcp(host: "a", port: 26379), .tcp(host: "b", port: 5000), .tcp(host: "::1", port: 6),
        ]
        #expect(url.topology == .sentinel(hosts, name: "main"))
        #expect(url.database == 2)
        #expect(url.password == "p")
        #expect(try RedisURL("rediss+sentinel://a/main").isEncrypted)
    }

    @Test func aClusterIsFoundThroughItsNodes() throws {
        let url = try RedisURL("rediss+cluster://a:7000,b")
        #expect(url.topology == .cluster([.tcp(host: "a", port: 7000), .tcp(host: "b", port: 6379)]))
        #expect(url.isEncrypted)
    }

    @Test(arguments: [
        "redis://cache:6379", "rediss://[::1]:7000/2", "unix:/s?db=1", "redis+sentinel://a:1,b:2/main?db=3",
        "rediss+cluster://a:1,b:2",
    ])
    func theDescriptionIsTheURL(_ text: String) throws {
        #expect(try RedisURL(text).description == text)
    }

    @Test(arguments: ["redis://user:secret@a", "redis+sentinel://user:secret@a/m", "redis+cluster://:secret@a"])
    func noDescriptionShowsCredentials(_ text: String) throws {
        let url = try RedisURL(text)
        var dumped = ""
        dump(url, to: &dumped)
        dump(RedisOptions.testing { $0.password = "secret" }, to: &dumped)
        #expect(!"\(url) \(String(reflecting: url)) \(dumped)".contains("secret"))
        #expect(!"\(url)".contains("user"))
    }

    @Test(arguments: [
        ("", "scheme", 0, "redis://HOST:6379"), ("localhost", "scheme", 0, "redis://HOST:6379"),
        ("http://cache", "scheme", 0, "redis://HOST:6379"), ("https://cache", "scheme", 0, "rediss://HOST:6379"),
        ("REDIS://cache", "scheme", 0, "redis://…"), ("cache:6379", "scheme", 0, "redis://HOST:6379"),
        ("redis:cache", "scheme", 5, "redis://HOST:6379"), ("redis+unix:///s", "scheme", 0, "unix:/path/of/the/socket"),
        ("redis://", "host", 8, "localhost:6379"), ("redis://a b", "host", 8, "localhost:6379"),
        ("redis://::1", "host", 8, "[2001:db8::1]:6379"), ("redis://[::1", "host", 8, "[2001:db8::1]:6379"),
        ("redis://[[104e1]:6379", "host", 8, "[2001:db8::1]:6379"),
        ("redis://[cache]", "host", 8, "[2001:db8::1]:6379"),
        ("redis://a:0", "port", 10, "HOST:6379"), ("redis://a:65536", "port", 10, "HOST:6379"),
        ("redis://a:", "port", 10, "HOST:6379"), ("redis://a:+1", "port", 10, "HOST:6379"),
        ("redis://a/x", "database", 10, "0"), ("redis://a/-1", "database", 10, "0"),
        ("redis://a?tls=1", "query", 9, "?db=0"),
        ("redis://a,b", "host", 8, "redis+sentinel://HOST,HOST/NAME or redis+cluster://HOST,HOST for several"),
        ("redis://secret@a", "credentials", 8, ":PASSWORD@HOST for a password alone"),
        ("redis://u:@a", "credentials", 10, "user:password@, or no @ where the password comes from a file"),
        ("redis://u:secret%zz@a", "credentials", 16, "%25 for a per cent sign"),
        ("redis://u:se/cret@a", "credentials", 8, "%2F for /, %3F for ?, %40 for @"),
        ("redis://u:secret", "port", 10, "HOST:6379"),
        ("redis+sentinel://a", "name", 18, "redis+sentinel://HOST,HOST/mymaster"),
        ("redis+sentinel://a/", "name", 19, "redis+sentinel://HOST,HOST/mymaster"),
        ("redis+sentinel://a/m/2", "name", 19, "redis+sentinel://HOST,HOST/mymaster?db=N for a database"),
        ("redis+cluster://a/2", "database", 17, "the URL without \"/2\""),
        ("redis+cluster://a?db=2", "database", 17, "the URL without \"?db=2\""),
        ("redis+cluster://a,,b", "host", 18, "localhost:6379"),
        ("unix:run/s", "path", 5, "unix:/run/redis/redis-server.sock"),
        ("unix://run/s", "path", 5, "unix:/run/redis/redis-server.sock"),
    ])
    func whatIsWrongIsNamedWithItsPlaceAndWhatToWrite(_ text: String, _ part: String, _ offset: Int, _ hint: String) {
        let error = #expect(throws: RedisURLError.self) { try RedisURL(text) }
        #expect(error?.part.rawValue == part)
        #expect(error?.offset == offset)
        #expect(error?.hint == hint)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }
}
