import CLinux
import WeirCore

/// What many API keys cost an agent: memory for each, the time to take the document, a change of it, and what checks notice. In
/// process; digests are not HMACs here, so that a key which is in no cache costs a microsecond or two more than what is shown.
package struct KeyRun: Sendable {
    private let keys: Int
    private let changes: Int
    private let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - keys: API keys in all, at least 1,000.
    ///   - changes: changes of each size that are timed.
    ///   - say: is told what is being done.
    package init(keys: Int, changes: Int = 100, say: @escaping @Sendable (String) -> Void) {
        self.keys = keys
        self.changes = changes
        self.say = say
    }

    package func run() throws(BenchFailure) -> KeyReport {
        var report = KeyReport(keys: keys)
        say("writes a document of \(keys) keys")
        let sold = KeyDocument(keys: keys)
        var document = sold.whole()
        report.documentBytes = document.count
        let before = Self.residentBytes()
        say("takes it")
        let start = linux_thread_nanoseconds()
        var book = try KeyDocument.applying(document, to: ContractBook())
        report.loadSeconds = Double(linux_thread_nanoseconds() - start) / 1e9
        report.residentBytes = max(0, Self.residentBytes() - before)
        document = []
        (report.tableBytes, report.keyBytes) = (book.byteCount, book.keyByteCount)
        let subject = try KeySubject(book, frames: sold.frames)
        try Interruption.check()
        say("checks")
        _ = try subject.check(rounds: 10)
        for _ in 0..<9 { report.check.add(try subject.check(rounds: 200)) }
        for size in [1, 1_000] {
            say("changes of \(size) keys")
            for number in 0..<changes {
                try Interruption.check()
                let delta = sold.change(size, number: number, from: book.version)
                let start = linux_thread_nanoseconds()
                book = try KeyDocument.applying(delta, to: book)
                let prepared = Double(linux_thread_nanoseconds() - start) / 1e3
                let swapped = subject.swap(book) / 1e3
                if size == 1 {
                    report.change.add(prepared)
                    report.swap.add(swapped)
                    report.checkAfter.add(try subject.check(rounds: 1))
                } else {
                    report.largeChange.add(prepared)
                    report.largeSwap.add(swapped)
                }
            }
        }
        return report
    }

    /// Memory of this process that is no file's.
    private static func residentBytes() -> Int {
        guard let file = text(of: "/proc/self/status") else { return 0 }
        for line in file.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) * 1_024
        }
        return 0
    }
}
