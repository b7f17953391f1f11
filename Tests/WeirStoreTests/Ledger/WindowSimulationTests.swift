import Foundation
import Testing
import WeirBilling
import WeirCore
import WeirStore
import WeirTestSupport

extension LedgerTests {
    @Suite struct WindowSimulationTests {
        /// A database and a seed.
        struct Run: CustomTestStringConvertible {
            let kind: LedgerUnderTest.Kind
            let seed: UInt64
            var testDescription: String { "\(kind.rawValue) \(seed)" }
        }

        /// Of each scenario: 8 over SQLite and 2 over PostgreSQL, or as many of both as WEIR_SIMULATIONS says.
        static let runs = LedgerUnderTest.Kind.allCases.flatMap { kind in
            let asked = ProcessInfo.processInfo.environment["WEIR_SIMULATIONS"].flatMap { UInt64($0) }
            return (1...(asked ?? (kind == .sqlite ? 8 : 2))).map { Run(kind: kind, seed: $0) }
        }

        @Test(arguments: runs)
        func whateverGoesWrongNothingIsSpentBeyondWhatWasPaid(_ run: Run) async throws {
            var simulation = try await WindowSimulation(
                run.kind, seed: run.seed, agents: 4, calls: 300, balance: 100, faults: .all)
            try await simulation.run(steps: 500)
            // And all that was paid is sold, once what was lost has come back.
            #expect(try await simulation.charged() == simulation.paid.values.reduce(0, +))
        }

        @Test(arguments: runs)
        func killsAndALossyNetworkNeitherLoseNorInventAUnit(_ run: Run) async throws {
            var simulation = try await WindowSimulation(
                run.kind, seed: 1_000 + run.seed, agents: 3, calls: 200, balance: 60, faults: .exact)
            try await simulation.run(steps: 400)
            let paid = simulation.paid.values.reduce(0, +)
            #expect(try await simulation.charged() == paid)
            #expect(simulation.used().values.reduce(0, +) == paid)
            #expect(try await simulation.ledger.number("SELECT count(*) FROM credit_window WHERE shrunk > 0") == 0)
        }

        @Test(arguments: runs)
        func aPackageThatEndsIsUsedOrExpiredAndNeverBoth(_ run: Run) async throws {
            var simulation = try await WindowSimulation(
                run.kind, seed: 2_000 + run.seed, agents: 3, calls: 3_000, balance: 60, faults: .ending, endsAfter: 8)
            try await simulation.run(steps: 400)
            let sold = try await simulation.charged() + simulation.expired()
            #expect(sold == simulation.paid.values.reduce(0, +))
            #expect(try await simulation.expired() > 0)
        }

        /// A thousand callers on eight agents, at the last hundred calls: exactly a hundred are allowed.
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aThousandCallersGetExactlyTheLastHundredCalls(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let grant = try await ledger.place(.package(100)).lines[0].grant
            let store = ledger.windows()
            let now = ledger.now
            let allowed = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let agent = CallersAgent(number: UInt64(number), grant: grant, store: store, now: now)
                        return try await agent.serve(125)
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(allowed == 100)
            #expect(try await ledger.number("SELECT CAST(sum(spent) AS BIGINT) FROM credit_window") == 100)
            #expect(try await ledger.broken() == [])
        }
    }
}

/// An agent that talks to the store at once, beside others that do, too.
private actor CallersAgent {
    private let incarnation: Hash128
    private let grant: String
    private let store: WindowStore
    private let now: Int64
    private var window = CreditWindow()
    private var spent: UInt64 = 0
    /// Its own clock, in microseconds.
    private var clock: Int64 = 0

    init(number: UInt64, grant: String, store: WindowStore, now: Int64) {
        incarnation = Hash128(low: number, high: 5)
        self.grant = grant
        self.store = store
        self.now = now
    }

    /// So many callers, one after the other; each is denied only when the grant is empty.
    func serve(_ callers: Int) async throws -> Int {
        var allowed = 0
        for _ in 0..<callers where try await admit() { allowed += 1 }
        // What it still has goes back to those who wait; the callers behind them may be others.
        try await exchange(window.over())
        return allowed
    }

    private func admit() async throws -> Bool {
        while true {
            clock += 1_000
            if window.spend(1, now: clock) {
                spent += 1
                return true
            }
            if window.standing == .empty { return false }
            clock += 50_000
            guard let call = window.call(need: 1, now: clock) else { continue }
            try await exchange(call)
            await Task.yield()
        }
    }

    private func exchange(_ call: WindowCall) async throws {
        var dimensions = Dimensions()
        (dimensions.contract, dimensions.grant) = ("sub_a/1", grant)
        let cell = Cell(
            key: Hash128(low: 1, high: 1), dimensions: dimensions, hour: UInt32(now / 3_600), outcome: .admitted,
            totals: Totals(calls: spent, units: spent))
        let answer = try await store.exchange(
            incarnation: incarnation, cells: [cell],
            asks: [
                WindowAsk(
                    grant: grant, granted: call.granted, returned: call.returned, want: call.want, need: call.need,
                    isOver: call.isOver)
            ], now: now
        ).answers[0]
        window.take(
            WindowReply(
                granted: answer.granted, returned: answer.returned, seconds: answer.seconds, recall: answer.recall,
                standing: answer.state == .open ? .open : answer.state == .empty ? .empty : .closed, sentAt: call.sentAt
            ),
            now: clock)
    }
}
