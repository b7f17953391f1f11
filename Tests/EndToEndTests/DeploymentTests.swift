import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// `deploy/systemd` and `deploy/kubernetes`, as far as a machine without either can tell.
@Suite struct DeploymentTests {
    private static let systemd = "\(Programs.repository)/deploy/systemd"
    private static let services = ["weir-agent.service", "weir-collector.service"]
    private static let sockets = ["weir-agent.socket", "weir-agent-http.socket", "weir-agent-spoe.socket"]

    private func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:],
        in directory: TemporaryDirectory
    ) throws -> (code: Int32?, output: String) {
        let process = try RunningProgram(program, arguments, environment: environment, in: directory)
        return (process.wait(seconds: 30), process.log)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Self.systemd)/\(name)", encoding: .utf8)
    }

    /// The units in a directory of the test's, with programs that are there.
    private func units(in directory: TemporaryDirectory) throws -> [String] {
        try (Self.services + Self.sockets).map { name in
            try directory.write(
                name,
                try text(name).replacingOccurrences(of: "/usr/bin/weir-agent", with: Programs.agent)
                    .replacingOccurrences(of: "/usr/bin/weir-collector", with: Programs.collector))
        }
    }

    /// The names of all variables that some program knows.
    private func knownNames(in directory: TemporaryDirectory) throws -> Set<String> {
        struct Row: Decodable {
            var name: String
            var isSecret: Bool
        }
        let listed = try run(Programs.weir, ["settings", "--json"], in: directory)
        let rows = try JSONDecoder().decode([Row].self, from: Data(listed.output.utf8))
        return Set(rows.map(\.name) + rows.filter(\.isSecret).map { "\($0.name)_FILE" })
    }

    /// Puts files where variables name some.
    private func place(_ environment: inout [String: String], in directory: TemporaryDirectory) throws {
        for name in environment.keys where name.hasSuffix("_FILE") || name == "WEIR_POLICY" {
            environment[name] = try directory.write(
                name, name == "WEIR_POLICY" ? "all: 5/s by ip\n" : "0123456789abcdef0123456789abcdef\n")
            chmod(directory.file(name), 0o600)
        }
    }

    private func variables(in text: String) -> [String] {
        text.matches(of: /WEIR_[A-Z0-9_]*[A-Z0-9]/).map { String($0.output) }
    }

    // MARK: systemd

    @Test func systemdTakesTheUnits() throws {
        let directory = try TemporaryDirectory()
        let verified = try run("systemd-analyze", ["verify"] + units(in: directory), in: directory)
        #expect(verified.code == 0, "\(verified.output)")
        #expect(verified.output.isEmpty, "\(verified.output)")
        // It does tell: a setting that it does not know.
        let wrong = try directory.write(
            "wrong.service", try text("weir-agent.service").replacingOccurrences(of: "WatchdogSec", with: "WatchdogSex")
        )
        #expect(try run("systemd-analyze", ["verify", wrong], in: directory).output.contains("WatchdogSex"))
    }

    @Test func theUnitsExposeLittle() throws {
        let directory = try TemporaryDirectory()
        for unit in try units(in: directory) where unit.hasSuffix(".service") {
            let rated = try run(
                "systemd-analyze", ["security", "--offline=true", "--no-pager", "--threshold=15", unit], in: directory)
            #expect(rated.code == 0, "\(rated.output)")
            #expect(rated.output.contains("Overall exposure level"))
        }
    }

    @Test func theAgentCallsNothingThatItsFilterDenies() throws {
        let directory = try TemporaryDirectory()
        let trace = directory.file("trace")
        let agent = try AgentUnderTest(
            [
                "WEIR_SOCKET_GROUP": "www-data", "WEIR_REDIS_URL": "redis://127.0.0.1:\(freePort())",
                "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(freePort())", "WEIR_COLLECTOR_TOKEN": "t",
                "WEIR_FLUSH": "100ms", "WEIR_POLICY": try directory.write("policy.weir", "all: 5/s by ip"),
            ], in: directory,
            behind: ["strace", "-f", "-qq", "-s", "0", "-o", trace])
        _ = try agent.check([("ip", "192.0.2.1")])
        _ = try agent.http("/nginx")
        _ = try agent.admin("/metrics")
        // The collector was tried.
        #expect(eventually { agent.program.log.contains("collector") })
        try end(agent.program)
        let calls = Set(
            try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").compactMap { line in
                line.firstMatch(of: /^[0-9]+ +(?:<\.\.\. )?([a-z][a-z0-9_]*)(?:\(| resumed)/).map {
                    String($0.output.1)
                }
            })
        #expect(calls.isSuperset(of: ["epoll_ctl", "fdatasync", "sendto"]))
        let allowed = try allowedCalls(in: directory)
        #expect(allowed.contains("fdatasync") && !allowed.contains("reboot") && !allowed.contains("sched_setaffinity"))
        // What is denied fails with EPERM: there is nothing of that kind.
        let denied = calls.subtracting(allowed)
        #expect(denied.isEmpty, "\(denied.sorted())")
    }

    /// SIGTERM for the agent behind strace: strace itself waits for it.
    private func end(_ program: RunningProgram) throws {
        let children = try String(
            contentsOfFile: "/proc/\(program.pid)/task/\(program.pid)/children", encoding: .utf8)
        let child = try #require(children.split(separator: " ").first.flatMap { Int32($0) })
        kill(child, SIGTERM)
        #expect(program.wait() == 0)
    }

    /// What SystemCallFilter= of the agent's unit leaves: lists are added, or taken away behind ~, in their order.
    private func allowedCalls(in directory: TemporaryDirectory) throws -> Set<String> {
        // Whatever is allowed to everybody, so that programs can be started at all.
        var allowed = try group("@default", in: directory)
        for line in try text("weir-agent.service").split(separator: "\n") where line.hasPrefix("SystemCallFilter=") {
            let value = line.dropFirst("SystemCallFilter=".count)
            for word in value.drop(while: { $0 == "~" }).split(separator: " ") {
                let calls = word.hasPrefix("@") ? try group(String(word), in: directory) : [String(word)]
                if value.hasPrefix("~") { allowed.subtract(calls) } else { allowed.formUnion(calls) }
            }
        }
        return allowed
    }

    private func group(_ name: String, in directory: TemporaryDirectory) throws -> Set<String> {
        let listed = try run("systemd-analyze", ["syscall-filter", "--no-pager", name], in: directory)
        var calls: Set<String> = []
        for line in listed.output.split(separator: "\n").dropFirst() {
            let word = line.trimmingCharacters(in: .whitespaces)
            if word.hasPrefix("@") {
                calls.formUnion(try group(word, in: directory))
            } else if !word.hasPrefix("#") {
                calls.insert(word)
            }
        }
        return calls
    }

    @Test func usersAndDirectoriesAreMade() throws {
        let directory = try TemporaryDirectory()
        let root = directory.file("root")
        for path in ["etc/sysusers.d", "etc/tmpfiles.d", "run"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(path)", withIntermediateDirectories: true)
        }
        try directory.write("root/etc/sysusers.d/weir.conf", try text("weir.sysusers"))
        try directory.write("root/etc/tmpfiles.d/weir.conf", try text("weir.tmpfiles"))
        let users = try run("systemd-sysusers", ["--root=\(root)", "weir.conf"], in: directory)
        #expect(users.code == 0, "\(users.output)")
        let passwd = try String(contentsOfFile: "\(root)/etc/passwd", encoding: .utf8)
        #expect(
            passwd.contains(try Regex("(?m)^weir:x:[0-9]+:[0-9]+:Weir rate limiter:/var/lib/weir:/usr/sbin/nologin$")))
        #expect(passwd.contains("weir-collector:x:"))
        let files = try run("systemd-tmpfiles", ["--root=\(root)", "--create", "weir.conf"], in: directory)
        #expect(files.code == 0, "\(files.output)")
        var info = stat()
        #expect(stat("\(root)/run/weir", &info) == 0)
        #expect(info.st_mode & 0o7777 == 0o755)
        #expect(passwd.contains("weir:x:\(info.st_uid):\(info.st_gid):"))
    }

    /// The names in units and code are the same, and the limits of one fit the defaults of the other.
    @Test func theUnitsFitTheAgent() throws {
        let native = try text("weir-agent.socket")
        let http = try text("weir-agent-http.socket")
        #expect(
            native.contains("\nFileDescriptorName=native\n") && native.contains("\nListenStream=/run/weir/agent.sock\n")
        )
        #expect(http.contains("\nFileDescriptorName=http\n") && http.contains("\nListenStream=/run/weir/http.sock\n"))
        let unit = try text("weir-agent.service")
        let files = try #require(unit.firstMatch(of: /\nLimitNOFILE=([0-9]+)\n/).flatMap { Int($0.output.1) })
        let directory = try TemporaryDirectory()
        let settings = try run(Programs.agent, ["--settings"], in: directory).output
        let connections = try #require(
            settings.firstMatch(of: /WEIR_MAX_CONNECTIONS=([0-9]+)/).flatMap { Int($0.output.1) })
        #expect(files > connections + 256)
        // As systemd passes them: names, directories, limit.
        let limited = try run(
            "sh", ["-c", "ulimit -n \(files) && exec \"$0\" --settings", Programs.agent],
            ["RUNTIME_DIRECTORY": "/run/weir", "STATE_DIRECTORY": "/var/lib/weir"], in: directory)
        #expect(limited.output.contains("WEIR_SOCKET=/run/weir/agent.sock"))
        #expect(limited.output.contains("WEIR_STATE_DIR=/var/lib/weir "))
    }

    @Test func theExamplesOfVariablesAreKnownAndTaken() throws {
        let directory = try TemporaryDirectory()
        let names = try knownNames(in: directory)
        for (file, program) in [("agent.env", Programs.agent), ("collector.env", Programs.collector)] {
            let text = try text(file)
            var examples: [String: String] = [:]
            for line in text.split(separator: "\n") where line.contains(try Regex("^#?WEIR_[A-Z_]+=")) {
                let parts = line.drop { $0 == "#" }.split(separator: "=", maxSplits: 1)
                examples[String(parts[0])] = String(parts[1])
            }
            #expect(examples.count >= 5)
            #expect(Set(examples.keys).isSubset(of: names))
            #expect(Set(variables(in: text)).isSubset(of: names))
            // One of two ways to say the same; and files that are not on this machine.
            examples["WEIR_REDIS_URL_FILE"] = nil
            try place(&examples, in: directory)
            let taken = try run(program, ["--settings"], examples, in: directory)
            #expect(taken.code == 0, "\(taken.output)")
            for name in examples.keys {
                let isFile = name.hasSuffix("_FILE")
                let line =
                    isFile ? "\(name.dropLast("_FILE".count))=\\(set\\)  \\(file\\)" : "\(name)=.*  \\(environment\\)"
                #expect(taken.output.contains(try Regex("(?m)^\(line)$")), "\(name)")
            }
        }
        // Each credential of the environment files is one that the unit loads.
        for (file, unit) in zip(["agent.env", "collector.env"], Self.services) {
            for match in try text(file).matches(of: /\/run\/credentials\/([a-z-]+\.service)\/([a-z.-]+)/) {
                #expect(match.output.1 == unit)
                #expect(try text(unit).contains("\nLoadCredential=\(match.output.2)\n"))
            }
        }
    }

    // MARK: Kubernetes

    /// Reads the file with a parser that is not ours, and prints it as JSON.
    private static let parser = """
        import json, sys, yaml
        print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))
        """

    private func manifests(_ path: String, in directory: TemporaryDirectory) throws -> [[String: Any]] {
        let parsed = try run(
            "/usr/bin/python3", ["-c", Self.parser, "\(Programs.repository)/deploy/\(path)"], in: directory)
        return try #require(
            try JSONSerialization.jsonObject(with: Data(parsed.output.utf8)) as? [[String: Any]], "\(parsed.output)")
    }

    @Test func theSidecarIsWhatAPodNeeds() throws {
        let directory = try TemporaryDirectory()
        let documents = try manifests("kubernetes/sidecar.yaml", in: directory)
        let deployment = try #require(documents.first { $0["kind"] as? String == "Deployment" })
        let template = try #require((deployment["spec"] as? [String: Any])?["template"] as? [String: Any])
        let pod = try #require(template["spec"] as? [String: Any])
        let agent = try #require((pod["initContainers"] as? [[String: Any]])?.first)
        let server = try #require((pod["containers"] as? [[String: Any]])?.first)
        #expect(agent["restartPolicy"] as? String == "Always")
        func command(_ probe: String) -> [String]? {
            ((agent[probe] as? [String: Any])?["exec"] as? [String: Any])?["command"] as? [String]
        }
        #expect(command("startupProbe") == ["weir", "ready"])
        #expect(command("readinessProbe") == ["weir", "ready"])
        #expect(command("livenessProbe") == ["weir", "live"])
        // Pod Security "restricted".
        let podSecurity = try #require(pod["securityContext"] as? [String: Any])
        #expect(podSecurity["runAsNonRoot"] as? Bool == true)
        #expect((podSecurity["seccompProfile"] as? [String: String]) == ["type": "RuntimeDefault"])
        for container in [agent, server] {
            let security = try #require(container["securityContext"] as? [String: Any])
            #expect(security["allowPrivilegeEscalation"] as? Bool == false)
            #expect((security["capabilities"] as? [String: [String]]) == ["drop": ["ALL"]])
            let resources = try #require(container["resources"] as? [String: [String: Any]])
            #expect(resources["requests"]?["memory"] != nil && resources["limits"]?["memory"] != nil)
        }
        #expect((agent["securityContext"] as? [String: Any])?["readOnlyRootFilesystem"] as? Bool == true)
        #expect(pod["automountServiceAccountToken"] as? Bool == false)
        // One volume in memory, in both containers.
        let volumes = try #require(pod["volumes"] as? [[String: Any]])
        let run = try #require(volumes.first { $0["name"] as? String == "weir-run" }?["emptyDir"] as? [String: String])
        #expect(run["medium"] == "Memory")
        for container in [agent, server] {
            let mounts = try #require(container["volumeMounts"] as? [[String: Any]])
            #expect(
                mounts.contains { $0["name"] as? String == "weir-run" && $0["mountPath"] as? String == "/run/weir" })
            // What is mounted is there.
            for mount in mounts { #expect(volumes.contains { $0["name"] as? String == mount["name"] as? String }) }
        }
        let grace = try #require(pod["terminationGracePeriodSeconds"] as? Int)
        #expect(grace >= 10)
    }

    @Test func theSidecarsVariablesAreKnownAndItsPolicyIsRight() throws {
        let directory = try TemporaryDirectory()
        let names = try knownNames(in: directory)
        let text = try String(
            contentsOfFile: "\(Programs.repository)/deploy/kubernetes/sidecar.yaml", encoding: .utf8)
        #expect(Set(variables(in: text)).subtracting(names).isEmpty)
        let documents = try manifests("kubernetes/sidecar.yaml", in: directory)
        let data = documents.compactMap { $0["data"] as? [String: String] }
        let policy = try #require(data.compactMap { $0["policy.weir"] }.first)
        let lint = try run(
            Programs.weir, ["rules", "lint", try directory.write("policy.weir", policy)], in: directory)
        #expect(lint.code == 0, "\(lint.output)")
        let secret = try #require(
            documents.first { $0["kind"] as? String == "Secret" }?["stringData"] as? [String: String])
        #expect(text.contains("/etc/weir/secrets/redis-password") && secret["redis-password"] != nil)
        #expect(text.contains("/etc/weir/secrets/collector-token") && secret["collector-token"] != nil)
    }

    /// An emptyDir is writable by every user, whatever the pod says; the agent's own directory in it is not.
    @Test func theAgentServesFromAVolumeThatEverybodyMayWriteTo() throws {
        let directory = try TemporaryDirectory()
        for volume in ["run", "state"] {
            try FileManager.default.createDirectory(atPath: directory.file(volume), withIntermediateDirectories: true)
            chmod(directory.file(volume), 0o2777)
        }
        let agent = try AgentUnderTest(["WEIR_RUNTIME_DIR": directory.file("run/agent")], in: directory)
        let client = try ClientSocket(unix: directory.file("run/agent/agent.sock"))
        #expect(try agent.check([("ip", "192.0.2.1")], over: client).verdict == .allow)
        var info = stat()
        #expect(stat(directory.file("run/agent"), &info) == 0)
        #expect(info.st_mode & 0o777 == 0o755)
    }

    // MARK: Compose

    @Test func theComposeExampleIsWhole() throws {
        let directory = try TemporaryDirectory()
        let compose = try #require(try manifests("docker/compose.yaml", in: directory).first)
        let services = try #require(compose["services"] as? [String: [String: Any]])
        #expect(Set(services.keys) == ["agent", "nginx", "redis", "collector"])
        for service in ["agent", "nginx"] {
            let volumes = try #require(services[service]?["volumes"] as? [String])
            #expect(volumes.contains { $0.hasPrefix("run:/run/weir") })
            // What is mounted of the repository is there.
            for volume in volumes where volume.hasPrefix("../") {
                let path = volume.dropFirst(2).prefix { $0 != ":" }
                #expect(FileManager.default.fileExists(atPath: "\(Programs.repository)/deploy\(path)"))
            }
        }
        let text = try String(contentsOfFile: "\(Programs.repository)/deploy/docker/compose.yaml", encoding: .utf8)
        #expect(Set(variables(in: text)).subtracting(try knownNames(in: directory)).isEmpty)
        // The collector and the agent take what they are given.
        for (service, program) in [("agent", Programs.agent), ("collector", Programs.collector)] {
            var environment = try #require(services[service]?["environment"] as? [String: String])
            try place(&environment, in: directory)
            let taken = try run(program, ["--settings"], environment, in: directory)
            #expect(taken.code == 0, "\(taken.output)")
        }
        let configs = try #require(compose["configs"] as? [String: [String: String]])
        let policy = try directory.write("policy.weir", try #require(configs["policy"]?["content"]))
        #expect(try run(Programs.weir, ["rules", "lint", policy], in: directory).code == 0)
    }
}
