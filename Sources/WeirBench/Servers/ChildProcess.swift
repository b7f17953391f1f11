import CLinux
import Glibc

/// A program that the benchmark has started; it ends with its owner, and with the benchmark.
final class ChildProcess {
    let pid: Int32
    private let logPath: String
    /// Where it writes: not removed before it has ended, lest it makes files while they are removed.
    private let home: BenchDirectory?
    private var hasEnded = false

    /// - Parameters:
    ///   - arguments: the program's path first.
    ///   - log: the file that takes its output.
    ///   - processor: where it runs, from its first instruction on.
    ///   - home: the directory that it writes to, kept until it has ended.
    init(
        _ arguments: [String], environment: [String: String], log: String, processor: Int32,
        home: BenchDirectory? = nil
    ) throws(BenchFailure) {
        self.home = home
        logPath = log
        let output = linux_open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard output >= 0 else { throw BenchFailure("cannot write \(log): \(reason())") }
        defer { close(output) }
        let texts = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in texts + variables { free(text) } }
        pid = linux_start(arguments[0], texts, variables, output, processor)
        guard pid > 0 else {
            hasEnded = true
            throw BenchFailure("cannot start \(arguments[0]): \(String(cString: strerror(-pid)))")
        }
    }

    deinit {
        guard !hasEnded, pid > 0 else { return }
        // The group: what it has started goes with it.
        kill(-pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    var isRunning: Bool {
        if !hasEnded, waitpid(pid, nil, WNOHANG) == pid { hasEnded = true }
        return !hasEnded
    }

    /// The last line that it has printed.
    var lastWords: String {
        text(of: logPath)?.split(separator: "\n").last.map(String.init) ?? "it said nothing"
    }
}
