import CLinux

/// The part of a run that is measured: it opens after the warm-up, and takes the counts of its beginning from those of
/// its end.
struct MeasuredWindow {
    private let start: Int64
    private let end: Int64
    private let server: Int32?
    private var began: (time: Int64, answers: UInt64, refusals: UInt64, server: Int64)?
    private(set) var result = LoadResult()

    /// - Parameter now: nanoseconds.
    init(_ span: LoadSpan, server: Int32?, now: Int64) {
        start = now + Int64(span.warmUp * 1e9)
        end = start + Int64(span.seconds * 1e9)
        self.server = server
    }

    /// Whether the run goes on; opens the window, and closes it.
    @inline(__always)
    mutating func isOpen(_ now: Int64, _ answers: UInt64, _ refusals: UInt64) -> Bool {
        if now < start { return true }
        guard let began else {
            self.began = (now, answers, refusals, processorTime)
            return true
        }
        if now < end { return true }
        result.answers = answers - began.answers
        result.refusals = refusals - began.refusals
        result.seconds = Double(now - began.time) / 1e9
        if server != nil { result.serverNanoseconds = processorTime - began.server }
        return false
    }

    @inline(__always)
    mutating func record(_ nanoseconds: Int64) {
        if began != nil { result.latencies.record(nanoseconds) }
    }

    /// Counts what was due in the window and has no answer.
    mutating func miss(_ nanoseconds: Int64) {
        result.unanswered += 1
        result.latencies.record(nanoseconds)
    }

    private var processorTime: Int64 { server.map { linux_process_nanoseconds($0) } ?? 0 }
}
