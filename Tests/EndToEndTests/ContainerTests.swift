import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Does what `deploy/docker/Dockerfile` says in a bare Debian, and runs what comes of it: no container runtime is needed for that, but
/// root, and Debian's packages.
@Suite struct ContainerTests {
    static let isPossible = geteuid() == 0 && access("/usr/bin/mmdebstrap", X_OK) == 0

    /// A root directory, and what is run in it.
    private final class Container {
        let directory: TemporaryDirectory
        let file: ContainerFile
        var root: String { directory.file("root") }

        init() throws {
            directory = try TemporaryDirectory()
            file = try ContainerFile(
                String(contentsOfFile: "\(Programs.repository)/deploy/docker/Dockerfile", encoding: .utf8))
        }

        func host(_ program: String, _ arguments: [String]) throws -> (code: Int32?, output: String) {
            let process = try RunningProgram(program, arguments, in: directory)
            return (process.wait(seconds: 240), process.log)
        }

        /// Starts a command in the root, with a /proc that is seen by it alone.
        func start(_ command: [String], as user: String, _ environment: [String: String] = [:]) throws -> RunningProgram
        {
            let script =
                "mount -t proc proc \"$0/proc\" && exec chroot --userspec=\"$1\" \"$0\" /usr/bin/env -C / \"${@:2}\""
            return try RunningProgram(
                "unshare", ["-m", "bash", "-c", script, root, user] + command,
                environment: file.environment.merging(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"]) { $1 }
                    .merging(environment) { $1 }, in: directory)
        }

        func run(_ command: [String], as user: String, _ environment: [String: String] = [:]) throws -> (
            code: Int32?, output: String
        ) {
            let process = try start(command, as: user, environment)
            return (process.wait(seconds: 240), process.log)
        }

        /// What the earlier stage gives: the programs under test in the place of those that it builds.
        func stage() throws {
            let staged = try host(
                "\(Programs.repository)/deploy/docker/stage", [Programs.directory, directory.file("out")])
            try #require(staged.code == 0, "\(staged.output)")
        }

        func build() throws {
            // As little as the slim image has, without waiting for the disk.
            let base = try host(
                "mmdebstrap",
                [
                    "--variant=apt", "--quiet", "--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*",
                    "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm",
                    root,
                ])
            try #require(base.code == 0, "\(base.output)")
            for name in ["resolv.conf", "hosts"] { _ = try host("cp", ["-L", "/etc/\(name)", "\(root)/etc/\(name)"]) }
            for step in file.steps {
                switch step {
                case .run(let command):
                    let done = try run(["/bin/sh", "-c", command], as: "root")
                    try #require(done.code == 0, "\(command): \(done.output)")
                case .copy(let stage, let from, let to):
                    try #require(stage == "build" && from.hasPrefix("/out/"))
                    let copied = try host("cp", ["-a", "\(directory.path)\(from)/.", "\(root)\(to)/"])
                    try #require(copied.code == 0, "\(copied.output)")
                }
            }
        }
    }

    @Test(.enabled(if: isPossible, "needs root and mmdebstrap"), .timeLimit(.minutes(10)))
    func theImageRunsTheAgentAndTheCollectorAsAUserOfTheirOwn() throws {
        let container = try Container()
        let file = container.file
        #expect(file.base == "debian:bookworm-slim")
        #expect(file.unknown.isEmpty)
        #expect(file.user == "weir")
        #expect(file.volumes == ["/run/weir", "/var/lib/weir"])
        #expect(file.stopSignal == "SIGTERM")
        try container.stage()
        try container.build()

        // Everything that the programs load is there, and everything that was installed for them is loaded.
        var loaded = ""
        for name in ["weir", "weir-agent", "weir-collector"] {
            loaded += try container.run(["ldd", "/usr/bin/\(name)"], as: "weir").output
        }
        #expect(!loaded.contains("not found"), "\(loaded)")
        for library in ["libhiredis.so", "libsqlite3.so", "libstdc++.so", "/usr/lib/weir/libswiftCore.so"] {
            #expect(loaded.contains(library))
        }

        let agent = try container.start(
            file.entryPoint, as: file.user,
            ["WEIR_LIMITS": "all: 2/day by ip", "WEIR_ZONE": "Europe/Berlin", "WEIR_ADMIN_LISTEN": "off"])
        try #require(eventually(within: 30) { agent.log.contains("Try it:") || !agent.isRunning }, "\(agent.log)")
        try #require(agent.isRunning, "\(agent.log)")
        // From inside, as the container runtime asks; and from a server that shares the directory of the sockets.
        let health = try container.run(file.healthCheck, as: file.user)
        #expect(health.code == 0, "\(health.output)")
        let check = try container.run(["weir", "check", "ip=192.0.2.1"], as: file.user)
        #expect(check.code == 0, "\(check.output)")
        let client = try ClientSocket(unix: "\(container.root)/run/weir/http.sock")
        for status in [200, 403] {
            client.send("GET /nginx HTTP/1.1\r\nHost: weir\r\nX-Real-IP: 192.0.2.1\r\n\r\n")
            #expect(client.receiveResponse()?.status == status)
        }
        let identity = try String(contentsOfFile: "/proc/\(agent.pid)/status", encoding: .utf8)
        #expect(identity.contains("Uid:\t9187\t9187\t9187\t9187\n"))
        agent.send(SIGTERM)
        #expect(agent.wait() == 0, "\(agent.log)")
        #expect(try container.run(file.healthCheck, as: file.user).code != 0)

        let collector = try container.start(
            ["weir-collector"], as: file.user, ["WEIR_LISTEN": "127.0.0.1:\(freePort())"])
        #expect(eventually(within: 30) { collector.log.contains("An agent sends here") }, "\(collector.log)")
        collector.send(SIGTERM)
        #expect(collector.wait() == 0)
    }
}
