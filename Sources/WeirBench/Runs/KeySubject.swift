import CLinux
import Synchronization
import WeirCore

/// A limiter behind a mutex, as the agent has it, that sells what a book says.
final class KeySubject {
    private static let maximumKeys = 20_000

    private let limiter: Mutex<Heap<Limiter>>
    private let region: UnsafeMutableRawBufferPointer
    private let frames: [[UInt8]]
    private var now = Instant(microseconds: 1_000_000, wallMicroseconds: linux_wall_microseconds())

    init(_ book: ContractBook, frames: [[UInt8]]) throws(BenchFailure) {
        self.frames = frames
        region = .allocate(byteCount: UsageTable.byteCount(Self.maximumKeys), alignment: 64)
        region.initializeMemory(as: UInt8.self, repeating: 0)
        limiter = Mutex(Heap(try Self.limiter(book, region, now)))
    }

    deinit { region.deallocate() }

    private static func limiter(
        _ book: ContractBook, _ region: UnsafeMutableRawBufferPointer, _ now: Instant
    ) throws(BenchFailure) -> sending Limiter {
        let namespace = Hash128(low: 1, high: 2)
        do throws(PolicyRefusal) {
            var limiter = try Limiter(
                policy: .empty, almanac: NoCalendar(), maximumKeys: maximumKeys, namespace: namespace,
                ticketSecret: Hash128(low: 3, high: 4), enforcement: .on,
                usage: UsageTable(over: region, maximumKeys: maximumKeys), now: now)
            limiter.open(
                ContractDesk(
                    hasher: KeyHasher { KeyDocument.digest($0) }, namespace: namespace,
                    secret: Hash128(low: 5, high: 6),
                    knownKeys: maximumKeys))
            _ = try limiter.adopt(book, CompiledPolicy(.empty, book.offers, namespace: namespace), timelines: [])
            return limiter
        } catch {
            throw BenchFailure("the benchmark's policy: \(error)")
        }
    }

    /// Puts a book in force that sells the same.
    ///
    /// - Returns: nanoseconds for which the lock was held. Giving back what only the book before had is not in it, as it is done behind.
    func swap(_ book: ContractBook) -> Double {
        let start = linux_thread_nanoseconds()
        let before = limiter.withLock { $0.value.adopt(book) }
        let elapsed = linux_thread_nanoseconds() - start
        return withExtendedLifetime(before) { Double(elapsed) }
    }

    /// Checks every frame in turn, so many times.
    ///
    /// - Returns: nanoseconds of one, of processor time.
    func check(rounds: Int) throws(BenchFailure) -> Double {
        var passed = 0
        let start = linux_thread_nanoseconds()
        do throws(WireError) {
            for _ in 0..<rounds {
                for frame in frames {
                    now.microseconds &+= 1
                    let isPassed = try frame.withBytes { bytes throws(WireError) -> Bool in
                        guard let header = try FrameHeader(reading: bytes) else { return false }
                        return try limiter.withLock { [now] limiter throws(WireError) in
                            let request = try limiter.value.read(bytes, header)
                            return limiter.value.check(request, in: bytes, now: now).verdict == .allow
                        }
                    }
                    if isPassed { passed += 1 }
                }
            }
        } catch {
            throw BenchFailure("the benchmark's checks: \(error)")
        }
        let elapsed = linux_thread_nanoseconds() - start
        let count = rounds * frames.count
        guard passed == count else { throw BenchFailure("only \(passed) of \(count) checks passed in process") }
        return Double(elapsed) / Double(count)
    }
}
