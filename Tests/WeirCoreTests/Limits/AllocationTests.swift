import CMallocCount
import Testing
import WeirCore

/// The check path allocates nothing: frame in, decision, frame out.
@Suite struct AllocationTests {
    @Test func theHookCounts() {
        let before = malloc_count()
        let array = [UInt8](repeating: 1, count: 10_000)
        #expect(malloc_count() > before)
        #expect(array.count == 10_000)
    }

    @Test func aHundredThousandChecksAllocateNothing() throws {
        let harness = try LimiterHarness(
            """
            search: route GET /search/* of catalogue weight 2
            office: group 192.0.2.0/24
            no:     deny when user=mallory
            free:   exempt from flood when ip=@office
            flood:  1M/s burst 1M by ip
            key:    50k/s by api_key cost 2 if method=POST, 1
            tight:  30M/min by host, path
            daily:  1G/day in Asia/Shanghai by ip
            clock:  quota 1G/min by api_key
            hours:  1M/s during mon-fri 09:00-18:00, sat-sun 22:00-06:00 in Europe/Berlin by ip
            """)
        let frames = [
            "ip=192.0.2.1 path=/a/../search/x?q=1 method=GET host=API.example.com:80 api_key=abc",
            "ip=198.51.100.7 path=/x method=POST host=h api_key=abcdefghijklmnopqrstuvwxyz",
            "user=mallory ip=2001:db8::1",
            "path=/%6Cogin ip=unix: consumer=acme plan=pro",
        ].map { words in
            CheckDraft(
                attributes: words.split(separator: " ").map { word in
                    let parts = word.split(separator: "=", maxSplits: 1)
                    return (String(parts[0]), Array(parts[1].utf8))
                }
            ).frame(id: 7)
        }
        var output = [UInt8](repeating: 0, count: 4_096)
        func run(_ rounds: Int) throws -> Int {
            var allowed = 0
            for round in 0..<rounds {
                harness.pass(microseconds: 3)
                try frames[round & 3].withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try harness.limiter.read(bytes, header)
                    let decision = harness.limiter.check(request, in: bytes, now: harness.now)
                    if decision.verdict == .allow { allowed += 1 }
                    output.withUnsafeMutableBytes { buffer in
                        var writer = ByteWriter(buffer)
                        harness.limiter.withName(of: decision.statement) { rule in
                            CheckAnswer.write(
                                decision, rule: rule, consumer: bytes.extracting(0..<0), id: header.id, to: &writer)
                        }
                    }
                }
            }
            return allowed
        }
        _ = try run(1_000)
        let before = malloc_count()
        let allowed = try run(100_000)
        #expect(malloc_count() - before == 0)
        #expect(allowed > 50_000)
    }

    @Test func checksThatTakeSlotsAndWhatFreesThemAllocateNothing() throws {
        let harness = try LimiterHarness("rate: 1M/s burst 1M by ip; now: 3 concurrent by ip")
        let frame = CheckDraft(attributes: [("ip", Array("192.0.2.1".utf8))], isReserve: true).frame(id: 7)
        func run(_ rounds: Int) throws -> Int {
            var allowed = 0
            for round in 0..<rounds {
                harness.pass(microseconds: 3)
                harness.limiter.owner = round & 7
                try frame.withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try harness.limiter.read(bytes, header)
                    let decision = harness.limiter.check(request, in: bytes, now: harness.now)
                    guard decision.verdict == .allow else { return }
                    allowed += 1
                    switch round % 3 {
                    case 0:
                        _ = harness.limiter.report(
                            Report(ticket: decision.ticket, status: 200, cost: 3), now: harness.now)
                    case 1: _ = harness.limiter.release(decision.ticket, now: harness.now)
                    default: harness.limiter.closed(owner: round & 7, now: harness.now)
                    }
                    _ = harness.limiter.report(Report(ticket: decision.ticket, status: 200), now: harness.now)
                }
            }
            return allowed
        }
        _ = try run(100)
        let before = malloc_count()
        let allowed = try run(20_000)
        #expect(malloc_count() - before == 0)
        #expect(allowed == 20_000)
    }

    @Test(arguments: [0, 100])
    func checksOfLimitsThatReportsCountAndTheReportsAllocateNothing(leases: Int) throws {
        let harness = try LimiterHarness(
            "rate: 1M/s burst 1M by ip; out: 1GB/s by ip counting bytes_out; fails: 1M/h by ip counting answers 5xx",
            leases: leases, openChecks: 8)
        let frame = CheckDraft(attributes: [("ip", Array("192.0.2.1".utf8))]).frame(id: 7)
        func run(_ rounds: Int) throws -> Int {
            var allowed = 0
            for round in 0..<rounds {
                harness.pass(microseconds: 3)
                try frame.withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try harness.limiter.read(bytes, header)
                    let decision = harness.limiter.check(request, in: bytes, now: harness.now)
                    if decision.verdict == .allow { allowed += 1 }
                    // Some are never reported: the oldest makes room.
                    if round & 3 == 0 { return }
                    _ = harness.limiter.report(
                        Report(ticket: decision.ticket, status: 500, bytesOut: 9), now: harness.now)
                    _ = try harness.limiter.read(bytes, header)
                    harness.limiter.report(
                        ResponseFacts(status: 200, bytesOut: 9), isCall: true, in: bytes, now: harness.now)
                }
            }
            return allowed
        }
        if leases > 0 {
            let store = SharedStoreHarness(harness)
            #expect(try harness.check("ip=192.0.2.1").isWaiting)
            store.collect()
            while !store.requests.isEmpty { store.answer(.lost, granted: 900_000) }
        }
        _ = try run(100)
        let before = malloc_count()
        let allowed = try run(20_000)
        #expect(malloc_count() - before == 0)
        #expect(allowed == 20_000)
    }

    @Test func checksThatFindALeaseAllocateNothing() throws {
        let harness = try LimiterHarness("rate: 1M/s burst 1M by ip; day: 1G/day by user", leases: 100)
        let store = SharedStoreHarness(harness)
        let words = "ip=192.0.2.1 user=ann"
        #expect(try harness.check(words).isWaiting)
        store.collect()
        while !store.requests.isEmpty { store.answer(.lost, granted: 900_000) }
        let frame = CheckDraft(
            attributes: [("ip", Array("192.0.2.1".utf8)), ("user", Array("ann".utf8))]
        ).frame(id: 7)
        func run(_ rounds: Int) throws -> Int {
            var allowed = 0
            for _ in 0..<rounds {
                harness.pass(microseconds: 3)
                try frame.withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try harness.limiter.read(bytes, header)
                    if harness.limiter.check(request, in: bytes, now: harness.now).verdict == .allow { allowed += 1 }
                }
            }
            return allowed
        }
        _ = try run(100)
        let before = malloc_count()
        let allowed = try run(50_000)
        #expect(malloc_count() - before == 0)
        #expect(allowed == 50_000)
    }
}
