import Foundation
import Testing
import WeirTestSupport

/// What goes wrong during one sale, drawn from a seed.
struct SaleScript: Sendable, CustomTestStringConvertible {
    enum Database: String, CaseIterable, Sendable { case sqlite, postgreSQL }

    enum Event: Equatable, Sendable {
        case kill(agents: Set<Int>)
        /// And starts it again so many microseconds later.
        case killCollector(pause: UInt32)
        case copyDisk(agent: Int)
        case buyAgain
    }

    static let agents = 8

    let database: Database
    let seed: UInt64
    let events: [Event]
    let faults: FaultyProxy.Faults
    /// Agents that ask in the first rounds: what they take beyond their use is what others have to wait for.
    let starters: Int

    init(_ database: Database, seed: UInt64) {
        var random = SeededRandom(seed)
        self.database = database
        self.seed = seed
        starters = Int.random(in: 1...Self.agents, using: &random)
        var faults = FaultyProxy.Faults()
        if Int.random(in: 0..<4, using: &random) > 0 {
            faults.lost = Int.random(in: 0...8, using: &random)
            faults.unanswered = Int.random(in: 0...8, using: &random)
            faults.repeated = Int.random(in: 0...10, using: &random)
            faults.late = Int.random(in: 0...10, using: &random)
            faults.delayed = Int.random(in: 0...20, using: &random)
        }
        self.faults = faults
        var events: [Event] = []
        // Two of five go without kills: there, what is allowed is what was bought.
        if Int.random(in: 0..<5, using: &random) > 1 {
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let dying = Int.random(in: 1...2, using: &random)
                events.append(
                    .kill(agents: Set((0..<dying).map { _ in Int.random(in: 0..<Self.agents, using: &random) })))
            }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                events.append(.killCollector(pause: UInt32.random(in: 0...300_000, using: &random)))
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                events.append(.copyDisk(agent: Int.random(in: 0..<Self.agents, using: &random)))
            }
        }
        if Bool.random(using: &random) { events.append(.buyAgain) }
        self.events = events.shuffled(using: &random)
    }

    var testDescription: String { "\(database), seed \(seed)" }

    var bought: Int { events.contains(.buyAgain) ? 200 : 100 }

    var killsAgents: Bool {
        events.contains { if case .kill = $0 { true } else { false } }
    }

    var copiesADisk: Bool {
        events.contains { if case .copyDisk = $0 { true } else { false } }
    }

    /// What goes wrong, in words.
    var text: String {
        events.map { event in
            switch event {
            case .kill(let agents): "agents \(agents.sorted().map { "\($0)" }.joined(separator: " and ")) killed"
            case .killCollector: "collector killed"
            case .copyDisk(let agent): "disk of agent \(agent) copied"
            case .buyAgain: "bought again"
            }
        }.joined(separator: ", ")
    }

    /// Ten of each database; as many in all as `WEIR_SALES` says; the one of `WEIR_SALES_SEED` alone.
    static let all: [SaleScript] = {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["WEIR_SALES"].flatMap { UInt64($0) } ?? 20
        let seeds = environment["WEIR_SALES_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...max(1, count / 2))
        return seeds.flatMap { seed in Database.allCases.map { SaleScript($0, seed: seed) } }
    }()
}
