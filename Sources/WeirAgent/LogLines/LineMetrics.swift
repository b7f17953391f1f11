import Synchronization

/// What became of lines of access logs, and what one looks like that is none.
package final class LineMetrics: Sendable {
    private let counts = LogDoor.Outcome.allCases.map { _ in LineCounter() }
    private let quote = Mutex<String?>(nil)

    package init() {}

    /// Lines with this outcome.
    package subscript(outcome: LogDoor.Outcome) -> UInt64 { counts[outcome.rawValue].value }

    func note(_ outcome: LogDoor.Outcome) { counts[outcome.rawValue].add() }

    /// Keeps the first that comes, until it is taken.
    func note(flaw: LogFlaw, of line: UnsafeRawBufferPointer) {
        quote.withLock { quote in
            if quote == nil { quote = "\(flaw) in \"\(LogQuote.quote(line))\"" }
        }
    }

    /// What is wrong with a line, and its beginning.
    func takeQuote() -> String? {
        quote.withLock { quote in
            defer { quote = nil }
            return quote
        }
    }
}

/// One number that grows.
private final class LineCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 { count.load(ordering: .relaxed) }
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}
