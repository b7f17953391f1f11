import CLinux
import Synchronization
import WeirCore

/// `Limiter.check` in process, as the reactor calls it: under its lock, from a frame that is read in place, with its
/// usage cell.
package struct LimiterRun: Sendable {
    private let pace: BenchPace

    package init(_ pace: BenchPace) { self.pace = pace }

    package func run() throws(BenchFailure) -> LimiterReport {
        var report = LimiterReport()
        let (three, one) = (try Subject(RequestBook.policy), try Subject(RequestBook.policyOfOneRule))
        // The first round fills the tables and the caches.
        for round in 0...pace.limiterRounds {
            try Interruption.check()
            let all = try three.checked(pace.limiterChecks)
            let single = try one.checked(pace.limiterChecks)
            let reading = try three.read(pace.limiterChecks)
            guard round > 0 else { continue }
            report.threeRules.add(all)
            report.oneRule.add(single)
            report.reading.add(reading)
        }
        return report
    }

    /// A limiter behind a mutex, as the agent has it.
    private final class Subject {
        private static let maximumKeys = 20_000

        private let limiter: Mutex<Heap<Limiter>>
        private let region: UnsafeMutableRawBufferPointer
        private let counters: UnsafeMutableRawBufferPointer
        private let frames = RequestBook.checks
        private var now = Instant(microseconds: 1_000_000, wallMicroseconds: linux_wall_microseconds())

        init(_ policy: String) throws(BenchFailure) {
            region = .allocate(byteCount: UsageTable.byteCount(Self.maximumKeys), alignment: 64)
            region.initializeMemory(as: UInt8.self, repeating: 0)
            counters = .allocate(byteCount: Limiter.counterBytes(Self.maximumKeys), alignment: 64)
            counters.initializeMemory(as: UInt8.self, repeating: 0)
            limiter = Mutex(Heap(try Self.limiter(policy, region, counters, now)))
        }

        deinit {
            region.deallocate()
            counters.deallocate()
        }

        private static func limiter(
            _ text: String, _ region: UnsafeMutableRawBufferPointer, _ counters: UnsafeMutableRawBufferPointer,
            _ now: Instant
        ) throws(BenchFailure) -> sending Limiter {
            do {
                return try Limiter(
                    policy: Policy([PolicySource(name: "bench", text: text)], almanac: NoCalendar()),
                    almanac: NoCalendar(), maximumKeys: maximumKeys, namespace: Hash128(low: 1, high: 2),
                    ticketSecret: Hash128(low: 3, high: 4), enforcement: .on,
                    usage: UsageTable(over: region, maximumKeys: maximumKeys), counters: counters, now: now)
            } catch {
                throw BenchFailure("the benchmark's policy: \(error)")
            }
        }

        /// Nanoseconds of one check, of processor time: the machine may have other things to do.
        func checked(_ count: Int) throws(BenchFailure) -> Double {
            try timed(count) { limiter, frame, header, now throws(WireError) in
                let request = try limiter.read(frame, header)
                return limiter.check(request, in: frame, now: now).verdict == .allow
            }
        }

        /// Nanoseconds of what is not the check: the lock, and reading the frame.
        func read(_ count: Int) throws(BenchFailure) -> Double {
            try timed(count) { limiter, frame, header, _ throws(WireError) in
                try limiter.read(frame, header).cost > 0
            }
        }

        @inline(__always)
        private func timed(
            _ count: Int, _ body: (inout Limiter, RawSpan, FrameHeader, Instant) throws(WireError) -> Bool
        ) throws(BenchFailure) -> Double {
            let size = frames.requestBytes
            var passed = 0
            var time = now
            let start = linux_thread_nanoseconds()
            do throws(WireError) {
                try frames.bytes.withBytes { all throws(WireError) in
                    for number in 0..<count {
                        time.microseconds &+= 1
                        let offset = number % frames.count &* size
                        let frame = all.extracting(offset..<offset &+ size)
                        guard let header = try FrameHeader(reading: frame) else { continue }
                        let isPassed = try limiter.withLock { limiter throws(WireError) in
                            try body(&limiter.value, frame, header, time)
                        }
                        if isPassed { passed &+= 1 }
                    }
                }
            } catch {
                throw BenchFailure("the benchmark's checks: \(error)")
            }
            now = time
            let elapsed = linux_thread_nanoseconds() - start
            guard passed == count else { throw BenchFailure("only \(passed) of \(count) checks passed in process") }
            return Double(elapsed) / Double(count)
        }
    }
}
