import CLinux

/// Load in a closed loop: so many requests under way, each answer sends the next one. Shows what a server can do.
package struct ClosedLoop: Sendable {
    let endpoint: Endpoint
    let book: RequestBook
    let shape: LoadShape
    let spins: Bool

    /// - Parameter spins: whether the thread looks for answers without sleeping, for which it needs a processor of its own. A
    ///   server that has to wake its client pays for that with each answer, and only when it is the slower of the two.
    package init(_ endpoint: Endpoint, _ book: RequestBook, _ shape: LoadShape, spins: Bool = false) {
        self.endpoint = endpoint
        self.book = book
        self.shape = shape
        self.spins = spins
    }

    /// Runs on the calling thread.
    ///
    /// - Parameter server: the process whose processor time is read.
    package func run(_ span: LoadSpan, server: Int32? = nil) throws(BenchFailure) -> LoadResult {
        var engine = try LoadEngine(endpoint, [LoadEngine.Part(book: book, shape: shape)])
        var window = MeasuredWindow(span, server: server, now: linux_monotonic_nanoseconds())
        for slot in 0..<shape.connections {
            for _ in 0..<shape.inFlight { engine.begin(slot, at: linux_monotonic_nanoseconds()) }
            try engine.send(slot)
        }
        var now = linux_monotonic_nanoseconds()
        var lastAnswer = now
        while window.isOpen(now, engine.answers, engine.refusals) {
            try Interruption.check()
            let count = try engine.wait(milliseconds: spins ? 0 : 100)
            now = linux_monotonic_nanoseconds()
            for event in 0..<count {
                let (slot, answers) = try engine.receive(event) { began, _ in window.record(now &- began) }
                for _ in 0..<answers { engine.begin(slot, at: now) }
                try engine.send(slot)
                now = linux_monotonic_nanoseconds()
                lastAnswer = now
            }
            guard now - lastAnswer < LoadEngine.patience else {
                throw BenchFailure("\(endpoint) has stopped answering")
            }
        }
        return window.result
    }
}
