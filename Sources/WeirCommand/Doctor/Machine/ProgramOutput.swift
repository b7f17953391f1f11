import Glibc

/// Runs a program of the machine's and takes what it says.
struct ProgramOutput {
    /// Bytes of what one program may say on each of its outputs.
    private static let maximumBytes = 16 << 20
    /// A program that only looks at its configuration needs no longer.
    private static let limit: Duration = .seconds(15)

    /// Its exit code; -1 when it was not started, or did not end in time.
    var code: Int32
    var output = ""
    var complaint = ""

    /// Whether the machine has such a program.
    var isStarted: Bool { code >= 0 }

    /// Runs it without input, with the variables of this process, and waits for its end.
    static func of(_ program: String, _ arguments: [String]) -> ProgramOutput {
        var outputs: [Int32] = [-1, -1]
        var complaints: [Int32] = [-1, -1]
        guard pipe(&outputs) == 0, pipe(&complaints) == 0 else { return ProgramOutput(code: -1) }
        defer { for number in outputs + complaints where number >= 0 { close(number) } }
        for number in outputs + complaints { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        guard let process = start(program, arguments, outputs[1], complaints[1]) else { return ProgramOutput(code: -1) }
        // Held by the program alone from here on, so that its end is seen.
        close(outputs[1])
        close(complaints[1])
        let (readOutput, readComplaint) = (outputs[0], complaints[0])
        (outputs[1], complaints[1]) = (-1, -1)
        var texts: [Int32: [UInt8]] = [readOutput: [], readComplaint: []]
        let isWhole = collect(&texts)
        if !isWhole { kill(-process, SIGKILL) }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        let code = isWhole && status & 0x7f == 0 ? status >> 8 & 0xff : -1
        return ProgramOutput(
            code: code, output: String(decoding: texts[readOutput] ?? [], as: UTF8.self),
            complaint: String(decoding: texts[readComplaint] ?? [], as: UTF8.self))
    }

    private static func start(_ program: String, _ arguments: [String], _ output: Int32, _ complaint: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, complaint, 2)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        // Servers lie where users' PATH often does not lead.
        let candidates =
            program.contains("/")
            ? [program]
            : ["/usr/sbin/", "/usr/local/sbin/", "/usr/bin/", "/usr/local/bin/", "/usr/local/openresty/bin/"].map {
                $0 + program
            }
        let path = candidates.first { access($0, X_OK) == 0 } ?? program
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        return posix_spawnp(&process, path, &actions, &attributes, words, environ) == 0 ? process : nil
    }

    /// Reads until every end is reached.
    ///
    /// - Returns: false when that takes too long, or is too much.
    private static func collect(_ texts: inout [Int32: [UInt8]]) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var open = Set(texts.keys)
        var part = [UInt8](repeating: 0, count: 65_536)
        while !open.isEmpty {
            var polled = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let left = (end - clock.now) / .milliseconds(1)
            guard left > 0, poll(&polled, nfds_t(polled.count), Int32(left)) > 0 else { return false }
            for entry in polled where entry.revents != 0 {
                let count = read(entry.fd, &part, part.count)
                guard count > 0 else {
                    open.remove(entry.fd)
                    continue
                }
                texts[entry.fd, default: []] += part[..<count]
                guard texts[entry.fd, default: []].count <= maximumBytes else { return false }
            }
        }
        return true
    }
}
