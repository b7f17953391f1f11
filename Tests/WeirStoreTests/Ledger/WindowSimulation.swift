import Testing
import WeirBilling
import WeirCore
import WeirStore
import WeirTestSupport

/// Agents and a store that talk over a network which loses, doubles, delays and reorders, while agents are killed, disks lost and cloned
/// and clocks jump; with the real windows on the one side and the real statements on the other.
struct WindowSimulation {
    /// What goes wrong, in events per thousand steps.
    struct Faults {
        var loss = 0
        var doubling = 0
        var kill = 0
        var lostDisk = 0
        var clone = 0
        var clockJump = 0
        var topUp = 0
        /// Nobody says anything for so long that every window is given up, though the agents live.
        var silence = 0
        /// Costs are known only by a report, in so many of a thousand checks.
        var reported = 0
        /// Two meters count, in so many of a thousand checks: both are drawn, or neither.
        var twice = 0

        static let none = Faults()
        /// Nothing is forgotten: every unit that was admitted is charged.
        static let exact = Faults(loss: 150, doubling: 100, kill: 8, clockJump: 3, topUp: 4, reported: 300, twice: 300)
        /// As above, though the package ends in the middle.
        static let ending = Faults(loss: 150, doubling: 100, kill: 8, clockJump: 3, topUp: 4)
        static let all = Faults(
            loss: 150, doubling: 100, kill: 8, lostDisk: 3, clone: 2, clockJump: 3, topUp: 4, silence: 6, reported: 300,
            twice: 300)
    }

    private enum Message {
        case ask(agent: Int, incarnation: Hash128, cells: [Cell], ask: WindowAsk, sentAt: Int64)
        case answer(agent: Int, incarnation: Hash128, answer: WindowAnswer, isLast: Bool, sentAt: Int64)
    }

    private static let terms = WindowTerms(timeToLive: 5, margin: 2, abandonAfter: 120)

    let ledger: LedgerUnderTest
    private let faults: Faults
    private var random: SeededRandom
    private var agents: [SimulatedAgent] = []
    private var messages: [(at: Int64, message: Message)] = []
    /// Microseconds of true time, and by how many seconds the collector's clock is off.
    private var now: Int64 = 0
    private var skew: Int64 = 0
    private let start: Int64
    /// In the order in which they are drawn.
    private(set) var grants: [String] = []
    private(set) var paid: [String: Int64] = [:]
    private(set) var allowed = 0
    /// What incarnations have really used that nobody speaks for any more.
    private var gone: [SimulatedAgent.Journal] = []
    private var incarnations: UInt64 = 0
    private var topUps = 0
    private let packageEnds: Int64?
    /// By grant and incarnation, what had been used and not reported when its window was given up: nobody owes it.
    private var unreported: [String: Int64] = [:]

    /// - Parameter endsAfter: when the package ends, in seconds.
    init(
        _ kind: LedgerUnderTest.Kind, seed: UInt64, agents count: Int, calls: Int64, balance: Int64, faults: Faults,
        endsAfter: Int64? = nil
    ) async throws {
        ledger = try await LedgerUnderTest(kind)
        start = ledger.now
        random = SeededRandom(seed)
        self.faults = faults
        packageEnds = endsAfter.map { [start] in start + $0 }
        let package = try await ledger.place(.package(calls, expiresAt: packageEnds)).lines[0].grant
        grants.append(package)
        paid[package] = calls
        if balance > 0 { try await topUp(balance) }
        for _ in 0..<count {
            agents.append(SimulatedAgent(incarnation(), pace: Int64.random(in: 960...1_040, using: &random)))
        }
    }

    private mutating func topUp(_ amount: Int64) async throws {
        topUps += 1
        let grant = try await ledger.place(
            .topup(
                Money(nano: amount, try Currency("USD")), externalID: "top-\(topUps)", consumer: "con_a",
                subscription: "sub_a", ceiling: .one, priority: 1, actor: "card")
        ).lines[0].grant
        if paid[grant] == nil { grants.append(grant) }
        paid[grant, default: 0] += amount
        for index in agents.indices {
            for grant in grants { agents[index].journal.windows[grant]?.wake() }
        }
    }

    private mutating func incarnation() -> Hash128 {
        incarnations += 1
        return Hash128(low: incarnations, high: random.next())
    }

    private mutating func happens(_ thousandths: Int) -> Bool {
        Int.random(in: 0..<1_000, using: &random) < thousandths
    }

    // MARK: Running

    /// Runs so many steps with everything going wrong, and then until nothing is left to sell.
    mutating func run(steps: Int) async throws {
        for step in 0..<steps {
            try await self.step(faults)
            if step % 100 == 99 { try await expectNothingBeyond() }
        }
        try await settle()
        try await expectNothingBeyond()
    }

    /// Nothing goes wrong any more: what is lent comes back, and is sold to the last unit.
    private mutating func settle() async throws {
        for round in 0..<40 {
            for _ in 0..<60 { try await step(.none, cost: 1) }
            // Windows of disks that are lost come back when they are given up.
            if round % 5 == 4, faults.lostDisk > 0 { try await pass(seconds: Self.terms.abandonAfter + 30) }
            if packageEnds != nil { try await expire() }
            let sold = try await charged() + expired()
            if sold == paid.values.reduce(0, +), agents.allSatisfy(\.predecessors.isEmpty) { return }
        }
    }

    private mutating func pass(seconds: Int64) async throws {
        now += seconds * 1_000_000
        ledger.now = storeNow
        while try await ledger.windows(Self.terms).sweep(now: storeNow) > 0 {}
        try await noteUnreported()
    }

    private mutating func noteUnreported() async throws {
        let used = used()
        for grant in grants {
            for window in try await ledger.windows().windows(of: grant) where window.state == .abandoned {
                let key = "\(grant)/\(window.incarnation)"
                unreported[key] = max(unreported[key] ?? 0, (used[key] ?? 0) - window.spent)
            }
        }
    }

    private var storeNow: Int64 { start + now / 1_000_000 + skew }

    private mutating func step(_ faults: Faults, cost: Int64? = nil) async throws {
        now += Int64.random(in: 1_000...60_000, using: &random)
        if cost == nil, happens(10) { now += 3_000_000 }
        ledger.now = storeNow
        try await deliver(faults)
        let index = Int.random(in: agents.indices, using: &random)
        for _ in 0..<Int.random(in: 0...3, using: &random) { check(index, faults, cost) }
        for index in agents.indices {
            agents[index].report(now)
            say(index, faults)
        }
        try await breakSomething(index, faults)
        if happens(20) {
            if try await ledger.windows(Self.terms).sweep(now: storeNow) > 0 { try await noteUnreported() }
            try await expire()
        }
    }

    private mutating func check(_ index: Int, _ faults: Faults, _ cost: Int64?) {
        var draws = [draw("calls", faults, cost)]
        if happens(faults.twice) { draws.append(draw("out", faults, nil)) }
        let hour = UInt32((start + now / 1_000_000) / 3_600)
        let end = now + Int64.random(in: 0...2_000_000, using: &random)
        if agents[index].check(grants, package: grants[0], draws: draws, hour: hour, now: now, endsAt: end) {
            allowed += 1
        }
    }

    private mutating func draw(_ meter: String, _ faults: Faults, _ cost: Int64?) -> SimulatedAgent.Draw {
        let cost = cost ?? Int64.random(in: 1...3, using: &random)
        let actual = happens(faults.reported) ? Int64.random(in: 0...cost, using: &random) : nil
        return SimulatedAgent.Draw(meter: meter, cost: cost, actual: actual)
    }

    // MARK: The network

    private mutating func say(_ index: Int, _ faults: Faults) {
        let agent = agents[index].journal
        for (grant, call) in agents[index].calls(grants, now) {
            send(
                .ask(
                    agent: index, incarnation: agent.incarnation, cells: agents[index].journal.cells(of: grant),
                    ask: WindowAsk(
                        grant: grant, granted: call.granted, returned: call.returned, want: call.want, need: call.need),
                    sentAt: call.sentAt), faults)
        }
        // A successor speaks for its predecessor until it has been heard.
        for predecessor in agents[index].predecessors where happens(100) {
            for grant in predecessor.grants.sorted() {
                send(
                    .ask(
                        agent: index, incarnation: predecessor.journal.incarnation,
                        cells: predecessor.journal.cells(of: grant),
                        ask: WindowAsk(grant: grant, granted: 0, returned: 0, want: 0, need: 0, isOver: true), sentAt: 0
                    ),
                    faults)
            }
        }
    }

    private mutating func send(_ message: Message, _ faults: Faults) {
        var copies = happens(faults.doubling) ? 2 : 1
        if happens(faults.loss) { copies -= 1 }
        for _ in 0..<copies {
            let late = happens(faults.loss / 3)
            messages.append((now + Int64.random(in: 500...(late ? 4_000_000 : 30_000), using: &random), message))
        }
    }

    private mutating func deliver(_ faults: Faults) async throws {
        let due = messages.filter { $0.at <= now }.sorted { $0.at < $1.at }
        messages.removeAll { $0.at <= now }
        for (_, message) in due {
            switch message {
            case .ask(let agent, let incarnation, let cells, let ask, let sentAt):
                let answers = try await ledger.windows(Self.terms).exchange(
                    incarnation: incarnation, cells: cells, asks: [ask], now: storeNow
                ).answers
                send(
                    .answer(
                        agent: agent, incarnation: incarnation, answer: answers[0], isLast: ask.isOver, sentAt: sentAt),
                    faults)
            case .answer(let agent, let incarnation, let answer, let isLast, let sentAt):
                if isLast {
                    confirm(agent, incarnation, answer)
                } else {
                    hear(agent, incarnation, answer, sentAt)
                }
            }
        }
    }

    /// A window is over, and the store knows of all that was spent.
    private mutating func confirm(_ index: Int, _ incarnation: Hash128, _ answer: WindowAnswer) {
        for place in agents[index].predecessors.indices
        where agents[index].predecessors[place].journal.incarnation == incarnation {
            agents[index].predecessors[place].grants.remove(answer.grant)
            if agents[index].predecessors[place].grants.isEmpty {
                gone.append(agents[index].predecessors[place].journal)
            }
        }
        agents[index].predecessors.removeAll(where: \.grants.isEmpty)
    }

    private mutating func hear(_ index: Int, _ incarnation: Hash128, _ answer: WindowAnswer, _ sentAt: Int64) {
        guard agents[index].journal.incarnation == incarnation else { return }
        let standing: CreditWindow.Standing =
            switch answer.state {
            case .open: .open
            case .empty: .empty
            case .closed: .closed
            }
        let reply = WindowReply(
            granted: answer.granted, returned: answer.returned, seconds: answer.seconds, recall: answer.recall,
            standing: standing, sentAt: sentAt)
        let clock = agents[index].clock(now)
        agents[index].journal.windows[answer.grant]?.take(reply, now: clock)
        guard answer.state == .closed else { return }
        if let packageEnds, answer.grant == grants[0], storeNow >= packageEnds - 40 {
            agents[index].predecessors.append((agents[index].journal, [answer.grant]))
        } else {
            // Somebody has said that this run is over, a clone: it takes a new name.
            restart(index, keepsDisk: true)
        }
    }

    // MARK: Faults

    private mutating func restart(_ index: Int, keepsDisk: Bool) {
        let name = incarnation()
        agents[index].restart(as: name, keepsDisk: keepsDisk)
    }

    private mutating func breakSomething(_ index: Int, _ faults: Faults) async throws {
        if happens(faults.kill) { restart(index, keepsDisk: true) }
        if happens(faults.lostDisk) {
            gone += agents[index].predecessors.map(\.journal) + [agents[index].journal]
            restart(index, keepsDisk: false)
        }
        if happens(faults.clone), agents.count < 8 {
            var clone = agents[index]
            let name = incarnation()
            clone.restart(as: name, keepsDisk: true)
            agents.append(clone)
        }
        if happens(faults.clockJump) { skew = Int64.random(in: -40...40, using: &random) }
        if happens(faults.silence) { try await pass(seconds: Self.terms.abandonAfter + 50) }
        if happens(faults.topUp) { try await topUp(Int64.random(in: 1...30, using: &random)) }
    }

    // MARK: What must hold

    /// What the grants have been charged, or will be.
    func charged() async throws -> Int64 {
        try await ledger.number("SELECT CAST(coalesce(sum(spent - shrunk - freed), 0) AS BIGINT) FROM credit_window")
    }

    private func expire() async throws {
        try await ledger.change { ledger throws(StoreError) in while try ledger.expire(limit: 10) == 10 {} }
    }

    /// What ended before it was used.
    func expired() async throws -> Int64 {
        try await ledger.number(
            "SELECT CAST(coalesce(sum(credits_posted), 0) AS BIGINT) FROM account WHERE kind = 'expired'")
    }

    /// What was really used, by incarnation and grant, the largest of what anybody knows of it.
    func used() -> [String: Int64] {
        var used: [String: Int64] = [:]
        let journals = gone + agents.flatMap { [$0.journal] + $0.predecessors.map(\.journal) }
        for journal in journals {
            for grant in grants {
                let key = "\(grant)/\(journal.incarnation.hex)"
                used[key] = max(used[key] ?? 0, journal.used(of: grant))
            }
        }
        return used
    }

    private func expectNothingBeyond() async throws {
        let used = used()
        for grant in grants {
            let windows = try await ledger.windows().windows(of: grant)
            let due = windows.reduce(0) { $0 + $1.due }
            let lent = windows.reduce(0) { $0 + $1.granted - $1.returned }
            #expect(due <= lent)
            // What was freed is the grant's again, and may have been lent twice.
            #expect(lent - windows.reduce(0) { $0 + $1.freed } <= paid[grant] ?? 0)
            for window in windows where window.state == .open || window.state == .expired {
                // Whatever an agent has really used, and nobody knows of yet, was lent to it.
                let room = window.granted - window.returned + window.shrunk
                let key = "\(grant)/\(window.incarnation)"
                #expect(used[key] ?? 0 <= room + (unreported[key] ?? 0))
            }
        }
        #expect(try await ledger.broken() == [])
    }
}
