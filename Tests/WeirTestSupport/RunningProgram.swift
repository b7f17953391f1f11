import CTestProcess
import Foundation
import Synchronization

/// A program that a test has started: killed by its pid, with those that it started, when the test lets go of it.
package final class RunningProgram: Sendable {
    package let pid: Int32
    private let logPath: String
    /// Where it writes: stays for as long as the program is known.
    private let directory: TemporaryDirectory
    private let status = Mutex<Int32?>(nil)

    /// Starts a program with exactly these variables; its output goes to a file in `directory`.
    package init(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:],
        in directory: TemporaryDirectory
    ) throws {
        self.directory = directory
        logPath = directory.file("\(URL(filePath: path).lastPathComponent)-\(UUID().uuidString.prefix(6)).log")
        var all = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": directory.path]
        all.merge(environment) { $1 }
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        pid = test_process_start(path, argv, envp, logPath)
        guard pid > 0 else { throw CouldNotStart(path: path, reason: String(cString: strerror(-pid))) }
    }

    deinit {
        if pid > 0, status.withLock({ $0 }) == nil {
            // The group: nginx's workers outlive a master that is killed.
            Foundation.kill(-pid, SIGKILL)
            var raw: Int32 = 0
            waitpid(pid, &raw, 0)
        }
    }

    package struct CouldNotStart: Error {
        let path: String
        let reason: String
    }

    /// Everything that it has printed.
    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    package func send(_ signal: Int32) { Foundation.kill(pid, signal) }

    /// Stops it as a debugger does, and returns when each of its threads has stopped: a signal takes a while.
    package func stop() {
        send(SIGSTOP)
        let end = Date().addingTimeInterval(10)
        while !hasStopped, Date() < end { usleep(1_000) }
    }

    private var hasStopped: Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let line = (try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/stat", encoding: .utf8)) ?? ""
                // pid (name) state …; the name may hold anything.
                return line.split(separator: ")").last?.hasPrefix(" T") == true
            }
    }

    /// Waits until it has ended.
    ///
    /// - Returns: its exit code; minus the signal when one has ended it, nil when it runs on after so many seconds.
    package func wait(seconds: Double = 10) -> Int32? {
        let end = Date().addingTimeInterval(seconds)
        while true {
            if let known = check() { return known }
            if Date() > end { return nil }
            usleep(2_000)
        }
    }

    private func check() -> Int32? {
        status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
            let signal = raw & 0x7f
            status = signal == 0 ? (raw >> 8) & 0xff : -signal
            return status
        }
    }

    package var isRunning: Bool { check() == nil }

    package func kill() {
        send(SIGKILL)
        _ = wait()
    }
}
