import Foundation
import Testing
import WeirSettings
import WeirTestSupport

@Suite struct SettingsTests {
    private let home = ["HOME": "/home/u"]

    private func problems(_ environment: [String: String]) -> [String] {
        do throws(SettingsError) {
            _ = try AgentSettings(environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func anAgentWithNoVariableAtAllIsFine() throws {
        let settings = try AgentSettings(environment: home)
        #expect(settings.flush == .seconds(1))
        #expect(settings.reportDeadline == .seconds(600))
        #expect(settings.socketMode == 0o660)
        #expect(settings.adminListen == ListenAddress(host: "127.0.0.1", port: 9187))
        #expect(settings.journalMaximum == 64 << 20)
        #expect(settings.trustedHops == 1)
        #expect(settings.enforce == .on)
        #expect(settings.zone == "UTC")
        #expect(settings.namespace == "weir")
        #expect(settings.limits.isEmpty)
    }

    @Test func keysAreDecidedOnWhereThereAreACollectorAndAPepper() throws {
        let pepper = String(repeating: "p", count: 32)
        let collector = ["WEIR_COLLECTOR_URL": "http://127.0.0.1:9188", "WEIR_COLLECTOR_TOKEN": "t"]
        func decides(_ settings: [String: String]) throws -> Bool {
            try AgentSettings(environment: home.merging(settings) { $1 }).decidesOnKeys
        }
        #expect(try !decides([:]) && !decides(collector) && !decides(["WEIR_KEY_PEPPER": pepper]))
        let both = collector.merging(["WEIR_KEY_PEPPER": pepper]) { $1 }
        #expect(try decides(both) && decides(both.merging(["WEIR_CONTRACTS": "on"]) { $1 }))
        #expect(try !decides(both.merging(["WEIR_CONTRACTS": "off"]) { $1 }))
        #expect(problems(home.merging(["WEIR_KEY_PEPPER": "short"]) { $1 }).first?.contains("32 to 1024 bytes") == true)
        let missing = problems(home.merging(collector.merging(["WEIR_CONTRACTS": "on"]) { $1 }) { $1 })
        #expect(
            missing == [
                "WEIR_CONTRACTS=on: expected WEIR_COLLECTOR_URL and WEIR_KEY_PEPPER (or WEIR_KEY_PEPPER_FILE), found no WEIR_KEY_PEPPER"
            ])
        // A secret is never shown.
        let shown = try AgentSettings(environment: home.merging(both) { $1 }).effective.map(\.value)
        #expect(!shown.contains { $0.contains(pepper) })
    }

    @Test func theJitterIsADurationAShareOrOff() throws {
        #expect(try AgentSettings(environment: home).retryJitter == .off)
        for (text, value) in [
            ("off", RetryJitterSetting.off), ("500ms", .duration(.milliseconds(500))),
            ("1h", .duration(.seconds(3_600))),
            ("1%", .percent(1)), ("100%", .percent(100)),
        ] {
            #expect(try AgentSettings(environment: ["HOME": "/", "WEIR_RETRY_JITTER": text]).retryJitter == value)
        }
        for text in ["0%", "101%", "%", "-5%", "5", "5.5%", "0ms", "2h"] {
            #expect(
                problems(["HOME": "/", "WEIR_RETRY_JITTER": text]) == [
                    "WEIR_RETRY_JITTER=\(text): expected off, a duration from 1ms to 1h, with its unit (ms, s, min or h), or a percentage of the wait from 1% to 100%"
                ])
        }
    }

    @Test func theFormOfHeadersIsOneOfAll() throws {
        #expect(try AgentSettings(environment: home).headers == .ietf)
        for form in AgentSettings.Headers.allCases {
            #expect(try AgentSettings(environment: ["HOME": "/", "WEIR_HEADERS": form.rawValue]).headers == form)
        }
        #expect(
            problems(["HOME": "/", "WEIR_HEADERS": "github"]) == [
                "WEIR_HEADERS=github: expected ietf, draft7, draft6, legacy, legacy-epoch, both, none"
            ])
    }

    @Test func everyProblemIsToldAtOnceWithNameExpectationAndFix() {
        let found = problems([
            "HOME": "/", "WEIR_FLUSH": "1", "WEIR_TRUSTED_HOPS": "0", "WEIR_SOCKET_MODE": "rw", "WEIR_ENFORCE": "maybe",
            "WEIR_ADMIN_LISTEN": "localhost", "WEIR_SOCKET": "agent.sock", "WEIR_JOURNAL_MAX": "64MiBs",
            "WEIR_HTTP_ATTRS": "plan,ip", "WEIR_REDIS_URL": "redis://r", "WEIR_NAMESPACE": "a}b",
            "WEIR_REDIS_CERT": "/c.pem", "WEIR_REDIS_USER": "weir", "WEIR_REDIS_DEPOSED": "soon",
            "WEIR_COLLECTOR_URL": "http://10.0.0.1:9188",
            "WEIR_MAX_KEYS": "99999999999999999999",
        ])
        #expect(
            Set(found) == [
                "WEIR_FLUSH=1: expected a duration from 100ms to 1min, with its unit (ms, s, min or h)",
                "WEIR_TRUSTED_HOPS=0: expected a whole number from 1 to 32",
                "WEIR_SOCKET_MODE=rw: expected file rights in octal such as 0660",
                "WEIR_ENFORCE=maybe: expected on, shadow, off",
                "WEIR_ADMIN_LISTEN=localhost: expected an address and a port such as 127.0.0.1:9187, or off",
                "WEIR_SOCKET=agent.sock: expected an absolute path, or off",
                "WEIR_JOURNAL_MAX=64MiBs: expected a size from 1MiB to 1024GiB",
                "WEIR_HTTP_ATTRS=plan,ip: expected names of attributes that no header gives otherwise, apart by commas",
                "WEIR_NAMESPACE=a}b: expected no braces or spaces with WEIR_REDIS_URL, as it is part of every key",
                "WEIR_REDIS_KEY: expected with WEIR_REDIS_CERT: set both or none",
                "WEIR_REDIS_PASSWORD: expected with WEIR_REDIS_USER: set it, or WEIR_REDIS_PASSWORD_FILE",
                "WEIR_REDIS_DEPOSED=soon: expected auto, or a duration from 0ms to 10min, with its unit (ms, s, min or h)",
                "WEIR_COLLECTOR_TOKEN: expected with WEIR_COLLECTOR_URL: set it, or WEIR_COLLECTOR_TOKEN_FILE",
                "WEIR_COLLECTOR_URL=http://10.0.0.1:9188: plain HTTP leaves this machine: use https://, or set WEIR_ALLOW_PLAINTEXT=on",
                "WEIR_MAX_KEYS=99999999999999999999: expected a whole number from 1000 to 100000000",
            ])
        #expect(found.count == 15)
    }

    @Test(arguments: [
        ("WEIR_FLUSH", "100ms", true), ("WEIR_FLUSH", "99ms", false), ("WEIR_FLUSH", "60s", true),
        ("WEIR_FLUSH", "61s", false),
        ("WEIR_FLUSH", "1min", true), ("WEIR_FLUSH", "-1s", false), ("WEIR_FLUSH", "1.5s", false),
        ("WEIR_FLUSH", "", true),
        ("WEIR_REPORT_DEADLINE", "1h", true), ("WEIR_REPORT_DEADLINE", "2h", false), ("WEIR_TRUSTED_HOPS", "32", true),
        ("WEIR_TRUSTED_HOPS", "33", false), ("WEIR_JOURNAL_MAX", "1MiB", true), ("WEIR_JOURNAL_MAX", "1048575", false),
        ("WEIR_JOURNAL_MAX", "2000kB", true), ("WEIR_SOCKET_MODE", "0777", true), ("WEIR_SOCKET_MODE", "1000", false),
        ("WEIR_SOCKET_MODE", "0888", false), ("WEIR_ADMIN_LISTEN", "off", true), ("WEIR_ADMIN_LISTEN", "[::1]:0", true),
        ("WEIR_ADMIN_LISTEN", "::1:80", false), ("WEIR_ADMIN_LISTEN", "127.0.0.1:65536", false),
        ("WEIR_ENFORCE", "shadow", true),
        ("WEIR_HTTP_TRUST_TCP", "ON", true), ("WEIR_HTTP_TRUST_TCP", "2", false), ("WEIR_SOCKET", "off", true),
        ("WEIR_HTTP_ATTRS", "plan, consumer ,,user", true), ("WEIR_HTTP_ATTRS", "Plan", false),
    ])
    func boundsAreChecked(_ name: String, _ value: String, _ isAllowed: Bool) {
        #expect(problems(["HOME": "/", name: value]).isEmpty == isAllowed)
    }

    @Test(arguments: [
        ("http://127.0.0.1:9188", true), ("http://localhost/x", true), ("http://[::1]:9188", true),
        ("https://c.example", true),
        ("http://127.0.0.1.evil.example", false), ("http://localhost.evil.example", false), ("http://10.0.0.1", false),
        ("http://127.0.0.1@evil.example", false), ("ftp://x", false),
    ])
    func plainHTTPStaysOnTheMachine(_ url: String, _ isAllowed: Bool) {
        let environment = ["HOME": "/", "WEIR_COLLECTOR_URL": url, "WEIR_COLLECTOR_TOKEN": "t"]
        #expect(problems(environment).isEmpty == isAllowed)
        if url.hasPrefix("http:") {
            #expect(problems(environment.merging(["WEIR_ALLOW_PLAINTEXT": "on"]) { $1 }).isEmpty)
        }
    }

    @Test func directoriesFollowSystemdThenRootThenTheUser() {
        let systemd = Directories(
            environment: ["RUNTIME_DIRECTORY": "/run/a:/run/b", "STATE_DIRECTORY": "/var/lib/a", "HOME": "/h"],
            isRoot: true)
        #expect(systemd.runtime == "/run/a")
        #expect(systemd.state == "/var/lib/a")
        let root = Directories(environment: home, isRoot: true)
        #expect(root.runtime == "/run/weir")
        #expect(root.state == "/var/lib/weir")
        let user = Directories(environment: home, isRoot: false)
        #expect(user.runtime == "/home/u/.local/state/weir/run")
        #expect(user.state == "/home/u/.local/state/weir")
        let session = Directories(environment: ["HOME": "/h", "XDG_RUNTIME_DIR": "/run/user/7"], isRoot: false)
        #expect(session.runtime == "/run/user/7/weir")
    }

    @Test func pathsFollowTheDirectories() throws {
        let settings = try AgentSettings(environment: ["HOME": "/h", "WEIR_RUNTIME_DIR": "/r", "WEIR_STATE_DIR": "/s"])
        #expect(settings.socket == "/r/agent.sock")
        #expect(settings.httpSocket == "/r/http.sock")
        #expect(settings.spoeSocket == "/r/spoe.sock")
        let command = try CommandSettings(environment: ["HOME": "/h", "WEIR_RUNTIME_DIR": "/r"])
        #expect(command.socket == settings.socket)
    }

    @Test func anAbstractNameNeedsAListOfPeers() throws {
        let home = ["HOME": "/"]
        #expect(try AgentSettings(environment: home).spoeAbstract.isEmpty)
        #expect(try AgentSettings(environment: home.merging(["WEIR_SPOE_ABSTRACT": "off"]) { $1 }).spoeAbstract.isEmpty)
        let named = home.merging(["WEIR_SPOE_ABSTRACT": "weir-spoe"]) { $1 }
        #expect(
            problems(named).contains { $0.contains("WEIR_SPOE_ABSTRACT=weir-spoe") && $0.contains("set WEIR_PEERS") })
        #expect(
            try AgentSettings(environment: named.merging(["WEIR_PEERS": "haproxy"]) { $1 }).spoeAbstract == "weir-spoe")
        for name in ["a b", "/run/x", String(repeating: "n", count: 108)] {
            let wrong = home.merging(["WEIR_SPOE_ABSTRACT": name, "WEIR_PEERS": "haproxy"]) { $1 }
            #expect(problems(wrong).contains { $0.contains("expected a name of 1 to 107") }, "\(name)")
        }
    }

    // MARK: Secrets

    @Test func aSecretComesFromAFileAndIsNeverShown() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("token", "s3cret-token\n")
        chmod(path, 0o600)
        let settings = try AgentSettings(environment: ["HOME": "/", "WEIR_COLLECTOR_TOKEN_FILE": path])
        #expect(settings.collectorToken == "s3cret-token")
        let shown = settings.effective.first { $0.name == "WEIR_COLLECTOR_TOKEN" }
        #expect(shown?.value == "(set)")
        #expect(shown?.source == .file)
        #expect(
            problems(["HOME": "/", "WEIR_COLLECTOR_TOKEN_FILE": path, "WEIR_COLLECTOR_TOKEN": "x"])
                == ["WEIR_COLLECTOR_TOKEN: expected either this or WEIR_COLLECTOR_TOKEN_FILE, found both: unset one"])
        chmod(path, 0o644)
        #expect(
            problems(["HOME": "/", "WEIR_COLLECTOR_TOKEN_FILE": path])
                == ["WEIR_COLLECTOR_TOKEN_FILE=\(path): every user can read it: chmod 0600 \(path)"])
        #expect(
            problems(["HOME": "/", "WEIR_COLLECTOR_TOKEN_FILE": "/nowhere"])
                == ["WEIR_COLLECTOR_TOKEN_FILE=/nowhere: cannot read it: No such file or directory"])
    }

    @Test func theCollectorTakesSeveralTokensAndRefusesShortOnes() throws {
        let settings = try CollectorSettings(environment: [
            "HOME": "/", "WEIR_COLLECTOR_TOKEN": "0123456789abcdef, fedcba9876543210",
        ])
        #expect(settings.collectorTokens.count == 2)
        #expect(throws: SettingsError.self) {
            try CollectorSettings(environment: ["HOME": "/", "WEIR_COLLECTOR_TOKEN": "short"])
        }
        #expect(throws: SettingsError.self) {
            try CollectorSettings(environment: ["HOME": "/", "WEIR_LISTEN": "0.0.0.0:9188"])
        }
        #expect(throws: SettingsError.self) {
            try CollectorSettings(environment: ["HOME": "/", "WEIR_DATABASE": "mysql://localhost/weir"])
        }
    }

    @Test func theCollectorsDatabaseIsBoundedAndItsPasswordIsNotShown() throws {
        let settings = try CollectorSettings(environment: [
            "HOME": "/", "WEIR_DATABASE": "postgres://weir:sesame@localhost/weir", "WEIR_DATABASE_PASSWORD": "sesame",
            "WEIR_DATABASE_POOL": "3",
        ])
        #expect(settings.databasePool == 3)
        #expect(!settings.effective.contains { $0.value.contains("sesame") })
        for (name, value) in [
            ("WEIR_DATABASE_POOL", "0"), ("WEIR_DATABASE_POOL", "65"), ("WEIR_DATABASE_CONNECT_TIMEOUT", "1s"),
            ("WEIR_DATABASE_TIMEOUT", "30"), ("WEIR_DATABASE_WAIT", "1h"), ("WEIR_DATABASE_RETRY", "-1s"),
        ] {
            #expect(throws: SettingsError.self, "\(name)=\(value)") {
                try CollectorSettings(environment: ["HOME": "/", name: value])
            }
        }
    }

    // MARK: The catalogue

    @Test func anUnknownVariableIsToldWithTheNearestName() {
        let environment = [
            "WEIR_LIMTS": "1/s", "WEIR_LISTEN": "x", "WEIR_ADMIN_TOKEN_FILE": "y", "PATH": "/bin", "WEIR_SOCKET": "/s",
            "WEIR_SOMETHING_ELSE": "z", "WEIR_SERVICE_HOST": "10.0.0.1", "WEIR_COLLECTOR_SERVICE_PORT_HTTP": "80",
            "WEIR_PORT": "tcp://10.0.0.1:80", "WEIR_PORT_80_TCP_ADDR": "10.0.0.1", "WEIR_CLIENT_DEADLINE": "5ms",
        ]
        let (problems, warnings) = SettingsCatalogue.unknown(in: environment) { unknown, names in
            unknown == "WEIR_LIMTS" ? names.first { $0 == "WEIR_LIMITS" } : nil
        }
        #expect(problems == ["WEIR_LIMTS: no program of Weir knows this variable: did you mean WEIR_LIMITS?"])
        #expect(warnings == ["WEIR_SOMETHING_ELSE: no program of Weir knows this variable: unset it"])
    }

    @Test func everySettingIsReadOnceAndDeclaredOnce() throws {
        let agent = try AgentSettings(environment: home).effective.map(\.name)
        #expect(agent.count == Set(agent).count)
        #expect(Set(agent) == Set(AgentSettings.declarations.map(\.name)))
        let collector = try CollectorSettings(environment: home).effective.map(\.name)
        #expect(Set(collector) == Set(CollectorSettings.declarations.map(\.name)))
        for (_, declarations) in SettingsCatalogue.programs {
            #expect(declarations.count == Set(declarations.map(\.name)).count)
            for declaration in declarations {
                #expect(declaration.name.hasPrefix("WEIR_"))
                #expect(!declaration.meaning.isEmpty && !declaration.meaning.hasSuffix("."))
            }
        }
    }

    @Test func theSettingsPageIsNotStale() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/SETTINGS.md")
        #expect(
            try String(contentsOf: page, encoding: .utf8) == SettingsCatalogue.markdown,
            "run: swift run weir settings --markdown > deploy/SETTINGS.md")
    }

    @Test func helpNamesEveryVariableWithItsDefault() {
        let help = SettingsCatalogue.help(AgentSettings.declarations)
        #expect(
            help.contains("WEIR_FLUSH (1s)\n      How often usage is sealed and sent: a duration from 100ms to 1min"))
        #expect(help.contains("; also as WEIR_COLLECTOR_TOKEN_FILE"))
    }
}
