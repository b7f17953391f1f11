import Glibc

/// How a program ends that cannot do what it was asked to.
package enum ProgramEnd: Int32, Sendable {
    /// What was asked is wrong: a setting, a rule (EX_USAGE).
    case usage = 64
    /// What was asked is right, but the machine lacks something for it (EX_UNAVAILABLE).
    case unavailable = 69

    /// Prints each line of the message behind the program's name on standard error, and ends the process.
    package func end(_ program: String, _ message: String) -> Never {
        let lines = message.split(separator: "\n").map { "\(program): \($0)\n" }.joined()
        Array(lines.utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(rawValue)
    }
}
