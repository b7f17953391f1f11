import WeirCalendar
import WeirCore

/// A limiter that lives as long as the process, for doors that are fed anything: its tables are small, so that they are full
/// soon and the ways out are taken.
final class FuzzLimiter {
    nonisolated(unsafe) static let shared = FuzzLimiter()

    var limiter: Limiter
    var now = Instant(microseconds: 1_000_000, wallMicroseconds: 500_000 * 3_600_000_000)
    private let usage: UnsafeMutableRawBufferPointer

    private init() {
        usage = .allocate(byteCount: UsageTable.byteCount(50), alignment: 64)
        usage.initializeMemory(as: UInt8.self, repeating: 0)
        let text = """
            search: route GET|POST /search/* of shop weight 2
            no:     deny when ip=192.0.2.0/24 path=/admin/*
            free:   exempt from a when host=*.example.com
            a:      5/min by ip
            b:      quota 100/h by api_key, path cost 3 if method=POST, 1
            c:      1k/day by user when plan=pro|free enforce 50%
            e:      1MB/min by api_key counting bytes_out cost 3 if method=GET, 1
            f:      10/h by ip counting answers 401|5xx
            d:      10/s by tenant during mon-fri 09:00-18:00 shadow
            g:      3 concurrent by plan hold 1s
            h:      quota 1k/h by host
            """
        do {
            limiter = try Limiter(
                policy: Policy([PolicySource(name: "fuzz", text: text)], almanac: ZoneAlmanac()),
                almanac: ZoneAlmanac(),
                maximumKeys: 50, namespace: Hash128(low: 1, high: 2), ticketSecret: Hash128(low: 3, high: 4),
                enforcement: .on, usage: UsageTable(over: usage, maximumKeys: 50), now: now)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Lets a little time pass, so that buckets refill and windows end.
    func pass() {
        now.microseconds += 977
        now.wallMicroseconds += 977_000
    }
}
