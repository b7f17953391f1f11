import Glibc

/// A system call that failed: what was tried, on what, and the system's reason.
package struct SystemError: Error, Equatable, Sendable {
    /// What was tried, as in "open" or "map".
    package let operation: String
    package let path: String
    package let number: Int32

    /// Takes the reason from `errno`.
    package init(_ operation: String, _ path: String, number: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.number = number
    }

    /// The system's words for the reason.
    package var reason: String { String(cString: strerror(number)) }
}

extension SystemError: CustomStringConvertible {
    package var description: String { "cannot \(operation) \(path): \(reason)" }
}
