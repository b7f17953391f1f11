import Testing
import WeirStore

/// `WEIR_DATABASE=postgres://…`: what is read of it, what is refused, and that no password is shown.
@Suite struct PostgreSQLAddressTests {
    private func error(_ text: String) -> String {
        do throws(PostgreSQLAddressError) {
            return "read: \(try PostgreSQLAddress(text))"
        } catch {
            return error.description
        }
    }

    @Test func everyPartIsRead() throws {
        let address = try PostgreSQLAddress(
            "postgres://we%69r:p%40ss%3Aw@db.example:6432,[2001:db8::1]/we%2Fir?sslmode=verify-full&sslrootcert=/etc/ca.pem"
        )
        #expect(
            address.hosts == [
                PostgreSQLAddress.Host(name: "db.example", port: 6432), PostgreSQLAddress.Host(name: "2001:db8::1"),
            ])
        #expect(address.user == "weir")
        #expect(address.password == "p@ss:w")
        #expect(address.database == "we/ir")
        #expect(address.parameters.map(\.name) == ["sslmode", "sslrootcert"])
        #expect("\(address)" == "postgres://weir@db.example:6432,[2001:db8::1]:5432/we/ir")
    }

    @Test func socketsAreFoldersInTheQueryOrTheHost() throws {
        for text in [
            "postgresql:///weir?host=/run/postgresql&port=5433", "postgres://%2Frun%2Fpostgresql:5433/weir",
        ] {
            let address = try PostgreSQLAddress(text)
            #expect(address.hosts == [PostgreSQLAddress.Host(name: "/run/postgresql", port: 5433)])
            #expect("\(address)" == "postgres:///run/postgresql/weir")
        }
        let least = try PostgreSQLAddress("postgres://")
        #expect(least.hosts.isEmpty && least.user == nil && least.database == nil)
    }

    @Test(arguments: [
        ("mysql://x", "scheme: expected postgres:// or postgresql://"),
        ("postgres://h:0/d", "port: expected a number from 1 to 65535"),
        ("postgres://h:65536/d", "port: expected a number from 1 to 65535"),
        ("postgres://h:/d", "port: expected a number from 1 to 65535, found nothing"),
        ("postgres://h,,g/d", "host: expected a name or an address, found nothing"),
        ("postgres://[::1/d", "host: expected ] behind an IPv6 address"),
        ("postgres://::1/d", "host: expected an IPv6 address in brackets"),
        ("postgres://h/a/b", "database: expected one name"),
        ("postgres://h/d?sslmode=requird", "write sslmode=require"),
        ("postgres://h/d?sslmod=require", "found \"sslmod\"; write sslmode=…"),
        ("postgres://h/d?sslmode", "query: expected name=value"),
        ("postgres://h/d?connect_timeout=1", "query: expected one of host, port"),
        ("postgres://h%zz/d", "host: expected two hexadecimal digits behind %"),
        ("postgres://h%00/d", "and not 00"),
        ("postgres://h%ff/d", "host: expected UTF-8"),
        ("postgres://a,b/d?port=1,2,3", "port: expected one for all, or one each, found 3 ports for 2 hosts"),
        ("postgres://\(String(repeating: "h", count: 5_000))/d", "expected at most 4096 bytes"),
        ("postgres://\(String(repeating: "h,", count: 20))h/d", "host: expected at most 16"),
    ])
    func aWrongPartIsNamed(_ text: String, _ words: String) {
        #expect(error(text).contains(words), "\(text.prefix(80)): \(error(text))")
    }

    @Test(arguments: [
        "postgres://u:sec%zzret@h/d", "postgres://u:sec?ret@h/d", "postgres://u:sec?ret=1@h/d",
        "postgres://u:sec/ret@h/d",
        "postgres://u:sec:ret@h:x/d", "postgres://u:sec@ret@h/d", "postgres://u:secret@h/d",
        "postgres://h/d?password=secret",
        "postgres://u:sec#ret@h/d",
    ])
    func noPasswordIsShown(_ text: String) {
        #expect(!error(text).contains("sec") && !error(text).contains("ret@"), "\(error(text))")
        if let address = try? PostgreSQLAddress(text) {
            var dumped = ""
            dump(address, to: &dumped)
            #expect(!dumped.contains("sec") && !"\(String(reflecting: address))".contains("sec"))
        }
    }
}
