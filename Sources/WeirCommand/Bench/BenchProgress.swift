import Glibc

/// What is being measured, on standard error: one line that changes on a terminal, a line for each step elsewhere.
struct BenchProgress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1

    func say(_ text: String) { write(isTerminal ? "\r\u{1b}[K\(text)" : "\(text)\n") }

    /// Takes the line away.
    func end() { if isTerminal { write("\r\u{1b}[K") } }

    private func write(_ text: String) {
        Array(text.utf8).withUnsafeBytes { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
