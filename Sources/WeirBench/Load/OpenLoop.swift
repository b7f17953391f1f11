import CLinux

/// Load in an open loop: requests come when they are due, whether or not those before were answered, as those of many
/// independent clients do. Shows how long they take.
///
/// It spins: a thread that sleeps wakes up later than a check takes.
package struct OpenLoop: Sendable {
    /// Requests that come at a rate, over connections of their own.
    package struct Stream: Sendable {
        let book: RequestBook
        let shape: LoadShape
        let rate: Double

        /// - Parameters:
        ///   - shape: the most that is under way; what is due beyond it waits, and is measured from when it was due.
        ///   - rate: requests per second.
        package init(_ book: RequestBook, _ shape: LoadShape, rate: Double) {
            self.book = book
            self.shape = shape
            self.rate = rate
        }
    }

    /// Requests of one stream that are sent before answers are looked at.
    private static let burst = 64
    /// How long what is under way at the end may take.
    private static let drain: Int64 = 1_000_000_000

    let endpoint: Endpoint
    let measured: Stream
    let beside: Stream?

    /// - Parameter beside: another load on the same server, whose answers are not measured.
    package init(_ endpoint: Endpoint, _ measured: Stream, beside: Stream? = nil) {
        self.endpoint = endpoint
        self.measured = measured
        self.beside = beside
    }

    /// Runs on the calling thread, which should have a processor of its own.
    package func run(_ span: LoadSpan, server: Int32? = nil) throws(BenchFailure) -> LoadResult {
        let streams = [measured] + (beside.map { [$0] } ?? [])
        var engine = try LoadEngine(endpoint, streams.map { LoadEngine.Part(book: $0.book, shape: $0.shape) })
        var now = linux_monotonic_nanoseconds()
        var window = MeasuredWindow(span, server: server, now: now)
        var first = 0
        var senders = streams.map { stream in
            defer { first += stream.shape.connections }
            return Sender(
                slots: first..<first + stream.shape.connections, next: first,
                schedule: SendSchedule(start: now, rate: stream.rate))
        }
        var lastAnswer = now
        while window.isOpen(now, engine.answers, engine.refusals) {
            try Interruption.check()
            for index in senders.indices { try senders[index].send(&engine, now, burst: Self.burst) }
            if try Self.receive(&engine, &window, &now) { lastAnswer = now }
            guard now - lastAnswer < LoadEngine.patience else {
                throw BenchFailure("\(endpoint) has stopped answering")
            }
        }
        // What became due in the last pass had no chance to be sent yet.
        try senders[0].send(&engine, now, burst: Self.burst)
        try Self.drain(&engine, &window, now)
        let end = linux_monotonic_nanoseconds()
        senders[0].forEachLate(now) { window.miss(end &- $0) }
        return window.result
    }

    /// Takes the answers that are there; false when there are none.
    @inline(__always)
    private static func receive(
        _ engine: inout LoadEngine, _ window: inout MeasuredWindow, _ now: inout Int64
    ) throws(BenchFailure) -> Bool {
        let count = try engine.wait(milliseconds: 0)
        now = linux_monotonic_nanoseconds()
        for event in 0..<count {
            _ = try engine.receive(event) { began, book in
                if book == 0 { window.record(now &- began) }
            }
            now = linux_monotonic_nanoseconds()
        }
        return count > 0
    }

    /// Waits for what is under way; what does not come counts as having taken until now.
    private static func drain(
        _ engine: inout LoadEngine, _ window: inout MeasuredWindow, _ start: Int64
    ) throws(BenchFailure) {
        var now = start
        while now - start < Self.drain {
            var waiting = 0
            engine.forEachWaiting(book: 0) { _ in waiting += 1 }
            if waiting == 0 { return }
            _ = try receive(&engine, &window, &now)
        }
        engine.forEachWaiting(book: 0) { window.miss(now &- $0) }
    }

    /// Sends one stream's requests when they are due, over its connections in turn.
    private struct Sender {
        let slots: Range<Int>
        var next: Int
        let schedule: SendSchedule
        /// Requests that were sent.
        var sent: UInt64 = 0

        @inline(__always)
        mutating func send(_ engine: inout LoadEngine, _ now: Int64, burst: Int) throws(BenchFailure) {
            for _ in 0..<burst {
                let due = schedule.due(sent)
                guard due <= now, let slot = freeSlot(engine) else { return }
                engine.begin(slot, at: due)
                try engine.send(slot)
                sent &+= 1
            }
        }

        /// The next connection that has room, in turn.
        @inline(__always)
        private mutating func freeSlot(_ engine: borrowing LoadEngine) -> Int? {
            for _ in slots {
                let slot = next
                next = slot + 1 == slots.upperBound ? slots.lowerBound : slot + 1
                if engine.hasRoom(slot) { return slot }
            }
            return nil
        }

        /// Hands out when each request was due that there was no room to send.
        func forEachLate(_ now: Int64, _ body: (_ due: Int64) -> Void) {
            var number = sent
            while schedule.due(number) <= now {
                body(schedule.due(number))
                number &+= 1
            }
        }
    }
}
