import Testing
import WeirCalendar
import WeirCore

/// A limiter over plain memory, driven with attributes as text and a clock that the test turns.
final class LimiterHarness {
    static let namespace = Hash128(low: 1, high: 2)

    var limiter: Limiter
    /// The hour 500,000: 2027-01-15T08:00:00Z, a Friday.
    var now = Instant(microseconds: 1_000_000_000, wallMicroseconds: 500_000 * 3_600_000_000)
    private let region: UnsafeMutableRawBufferPointer
    /// The memory of the counters, which a successor can take over.
    let counters: UnsafeMutableRawBufferPointer
    let maximumKeys: Int
    private let text: String
    private var owner = -1

    /// - Parameter leases: limit keys that leases of a shared store are held of; 0 where nothing is shared.
    init(
        _ policy: String, maximumKeys: Int = 1_000, enforcement: Enforcement = .on, leases: Int = 0,
        openChecks: Int = 100
    ) throws {
        text = policy
        self.maximumKeys = maximumKeys
        counters = .allocate(byteCount: Limiter.counterBytes(maximumKeys), alignment: 64)
        counters.initializeMemory(as: UInt8.self, repeating: 0)
        let size = UsageTable.byteCount(maximumKeys)
        region = .allocate(byteCount: size, alignment: 64)
        region.initializeMemory(as: UInt8.self, repeating: 0)
        limiter = try Limiter(
            policy: Policy([PolicySource(name: "test", text: policy)], almanac: ZoneAlmanac()),
            almanac: ZoneAlmanac(), maximumKeys: maximumKeys,
            namespace: Self.namespace, ticketSecret: Hash128(low: 3, high: 4), enforcement: enforcement,
            usage: UsageTable(over: region, maximumKeys: maximumKeys), counters: counters,
            openChecks: (openChecks, 16),
            shared: SharedAuthority(maximumLeases: leases, secret: 5, fleet: 1, now: now.microseconds), now: now)
    }

    deinit {
        region.deallocate()
        counters.deallocate()
    }

    /// Another run of the agent, which takes over this one's counters as they lie in memory.
    ///
    /// - Returns: the run, and how many counters there was no room for.
    func successor(
        _ policy: String? = nil, maximumKeys: Int? = nil, isSameBoot: Bool = true
    ) throws -> (harness: LimiterHarness, forgotten: Int) {
        let next = try LimiterHarness(policy ?? text, maximumKeys: maximumKeys ?? self.maximumKeys)
        next.now = now
        let forgotten = next.limiter.restore(storedCounters().counters, isSameBoot: isSameBoot, now: now)
        return (next, forgotten)
    }

    /// What lies in the memory of the counters.
    func storedCounters() -> (counters: [StoredCounter], damaged: Int) {
        var damaged = 0
        let counters = Limiter.counters(in: counters, maximumKeys: maximumKeys, damaged: &damaged)
        return (counters, damaged)
    }

    /// The windows that the journal has not heard of.
    func unsealedWindows() -> [WindowCount] {
        var windows: [WindowCount] = []
        var start: Int? = 0
        while let from = start {
            start = limiter.takeUnsealedWindows(from: from, scan: 100, now: now) { windows.append($0) }
        }
        return windows
    }

    func adopt(_ policy: String) throws {
        let policy = try Policy([PolicySource(name: "test", text: policy)], almanac: ZoneAlmanac())
        let compiled = CompiledPolicy(policy, namespace: Self.namespace)
        let timelines = compiled.calendar.map { ZoneAlmanac().timeline($0, at: now.wallMicroseconds) }
        try limiter.adopt(compiled, timelines: timelines)
    }

    /// The hour that usage is counted in; setting it turns the wall clock alone.
    var hour: UInt32 {
        get { now.hour }
        set { now.wallMicroseconds = Int64(newValue) * 3_600_000_000 }
    }

    /// Lets time pass.
    func pass(milliseconds: Int64) { pass(microseconds: milliseconds * 1_000) }

    func pass(microseconds: Int64) {
        now.microseconds += microseconds
        now.wallMicroseconds += microseconds
    }

    /// Checks a request given as `name=value` words.
    @discardableResult
    func check(
        _ words: String, cost: UInt32 = 1, peek: Bool = false, mayWait: Bool = true, reserve: Bool = false,
        owner: Int? = nil
    ) throws -> Decision {
        let attributes = words.split(separator: " ").map { word -> (name: String, value: [UInt8]) in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), Array(parts[1].utf8))
        }
        let frame = CheckDraft(attributes: attributes, cost: cost, isPeek: peek, isReserve: reserve).frame(id: 1)
        limiter.owner = owner ?? self.owner
        return try frame.withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else { preconditionFailure("a whole frame") }
            var request = try limiter.read(bytes, header)
            request.mayWait = request.mayWait && mayWait
            return limiter.check(request, in: bytes, now: now)
        }
    }

    /// Whether each of so many checks passes.
    func allowed(_ count: Int, _ words: String, cost: UInt32 = 1) throws -> Int {
        try (0..<count).count { _ in try check(words, cost: cost).verdict == .allow }
    }

    /// The name of the statement that a decision refers to.
    func name(_ decision: Decision) -> String { limiter.withName(of: decision.statement) { $0.text } }

    /// Every cell of the table as the words of `name`: a compact picture of what was counted.
    func cells() -> [String: Totals] {
        var cells: [String: Totals] = [:]
        var start: Int? = 0
        while let from = start {
            start = limiter.usage.forEachCell(before: .max, from: from) { _, cell in
                let d = limiter.usage.dimensions(of: cell)
                let name = [
                    "\(Int(cell.hour) - 500_000)", cell.outcome?.name ?? "?", d.consumer, d.plan, d.key, d.product,
                    d.route,
                ].joined(separator: "/")
                cells[name] = cell.totals
            }
        }
        return cells
    }

    /// What a new incarnation would recover from the table's memory.
    func recovered() -> [Cell] {
        var damaged = 0
        let cells = UsageTable.recover(from: region, maximumKeys: maximumKeys, damaged: &damaged)
        #expect(damaged == 0)
        return cells
    }

    /// Slots that recovery finds damaged.
    func damagedCount() -> Int {
        var damaged = 0
        _ = UsageTable.recover(from: region, maximumKeys: maximumKeys, damaged: &damaged)
        return damaged
    }

    func report(_ report: Report) -> ReportOutcome { limiter.report(report, now: now) }

    func release(_ ticket: Ticket) -> Bool { limiter.release(ticket, now: now) }

    func release(_ decision: Decision) -> Bool { release(decision.ticket) }

    /// A report on a decision's ticket.
    @discardableResult
    func report(_ decision: Decision, cost: UInt64? = nil) -> ReportOutcome {
        report(Report(ticket: decision.ticket, status: 200, cost: cost))
    }

    /// Checks that hold slots or reservations.
    var open: Int { limiter.openCheckCount }

    /// Checks from here on are of this connection.
    func connect(_ owner: Int) { self.owner = owner }

    /// A connection ends.
    func disconnect(_ owner: Int) { limiter.closed(owner: owner, now: now) }

    /// Looks at all checks that are open for what is overdue.
    func expire() {
        var start: Int? = 0
        while let from = start { start = limiter.expireOpen(from: from, scan: 7, now: now) }
    }

    /// Changes a byte of the table's memory, as a fault would.
    func flip(_ offset: Int) { region[offset] ^= 0xff }
}
