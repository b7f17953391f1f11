import Foundation

/// Ends a program when the test process dies, however it dies: a program that a test has started must not outlive it.
///
/// A shell reads from a pipe of which this process alone holds the other end, and kills when the pipe ends.
final class Deathwatch: Sendable {
    private let watcher: RunningProgram
    private let descriptor: Int32

    /// - pid: whom to end. signal: its name. directory: removed when it has ended, and the place of the pipe.
    init(over pid: Int32, signal: String = "KILL", in directory: TemporaryDirectory) throws {
        let pipe = directory.file("deathwatch-\(pid)")
        mkfifo(pipe, 0o600)
        // Open for both, so that it does not wait for the reader.
        descriptor = open(pipe, O_RDWR | O_CLOEXEC)
        watcher = try RunningProgram(
            "/bin/sh",
            [
                "-c",
                """
                read -r _ <"$0"; kill -"$3" "$1"
                for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || break; sleep 0.05; done
                rm -rf "$2"
                """, pipe, "\(pid)", directory.path, signal,
            ], in: directory)
    }

    deinit {
        watcher.kill()
        close(descriptor)
    }
}
