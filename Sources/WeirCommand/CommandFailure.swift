import ArgumentParser

/// Says why a command did not do what it was asked to, and ends with its code.
enum CommandFailure {
    /// There is no answer: no agent, no collector, or one that refuses (2).
    static func noAnswer(_ message: String) -> any Error { Said(message: message, code: 2) }

    /// The answer is no: denied, or wrong (1).
    static func negative(_ message: String) -> any Error { Said(message: message, code: 1) }

    /// An error whose text goes to standard error, and whose code is the process's.
    struct Said: Error, CustomStringConvertible {
        let message: String
        let code: Int32
        var description: String { message }
    }
}
