import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// One sale: a thousand callers on eight agents at the last hundred calls of a package, while a script has things go wrong.
final class Sale {
    /// Callers of one agent, each with one call in flight.
    private static let callers = 125
    private static let calls = 100

    private let script: SaleScript
    private let proxy: FaultyProxy
    private let market: Market
    private let frames: [UInt8]
    private var connections: [ClientSocket?]
    private var events: [SaleScript.Event]
    private var rounds = 0
    private(set) var allowed = 0
    /// Answers that nobody heard, as their agent was killed.
    private(set) var unheard = 0

    init(_ script: SaleScript) throws {
        self.script = script
        events = script.events
        let settings = script.database == .sqlite ? [:] : ["WEIR_DATABASE": try PostgresUnderTest.database()]
        var made: FaultyProxy?
        market = try Market(agents: SaleScript.agents, settings) { port in
            let proxy = FaultyProxy(to: port, seed: script.seed, .init())
            made = proxy
            return proxy
        }
        proxy = try #require(made)
        connections = market.agents.map { _ in nil }
        try market.meter("calls", "calls")
        try market.publish(
            """
            plan pack
            of weather
            mode package
            currency USD
            fee 5.00
            grant \(Self.calls) calls
            when used up: deny
            """)
        let key = try market.key("pack")
        frames = (1...UInt64(Self.callers)).flatMap { id in
            CheckDraft(
                attributes: [
                    ("host", Array("api.example.com".utf8)), ("path", Array("/v1/forecast".utf8)),
                    ("api_key", Array(key.utf8)),
                ], cost: 1
            ).frame(id: id)
        }
    }

    deinit { proxy.stop() }

    func run() throws {
        let start = ContinuousClock.now
        try market.buy("pack", "one")
        proxy.set(script.faults)
        let isSold = try eventually(within: 60) {
            try round(asking: rounds < 4 ? script.starters : market.agents.count)
            if events.isEmpty, rounds > 6 { proxy.set(.init()) }
            // What a window that was closed by a copy of its disk had spent may be told last.
            let admitted = try market.shop.collector.calls()["admitted"] ?? 0
            return try events.isEmpty && admitted >= allowed && spent() == script.bought
        }
        let lost = try lost()
        try expect(isSold, lost)
        let before = allowed
        for _ in 0..<2 { try round(asking: market.agents.count) }
        #expect(allowed == before, "calls that nobody has bought")
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
        let counts = proxy.counts
        let took = (ContinuousClock.now - start).formatted(.units(allowed: [.milliseconds]))
        print(
            "sale \(script.seed) on \(script.database.rawValue): \(script.bought) bought, \(allowed) allowed in \(rounds) rounds, \(took);"
                + " \(counts.harmed) of \(counts.requests) messages harmed; \(lost) given away; \(script.text)")
    }

    /// What must hold, whatever went wrong.
    private func expect(_ isSold: Bool, _ lost: Int) throws {
        let admitted = try market.shop.collector.calls()["admitted"] ?? 0
        #expect(isSold, "\(admitted) of \(script.bought) sold, \(allowed) allowed in \(rounds) rounds")
        #expect(admitted - lost <= script.bought, "more was charged than was bought")
        #expect((allowed...allowed + unheard).contains(admitted), "\(allowed) allowed, \(unheard) not heard")
        if script.copiesADisk {
            // What the live original held when its copy said that it was over.
            let window = try market.number("SELECT MAX(granted - returned + shrunk) FROM credit_window") ?? 0
            #expect(lost <= window)
        } else {
            #expect(lost == 0, "calls were given away")
        }
        if !script.killsAgents, !script.copiesADisk { #expect(allowed == script.bought) }
    }

    /// Calls that were charged.
    private func spent() throws -> Int {
        let admitted = try market.shop.collector.calls()["admitted"] ?? 0
        return script.copiesADisk ? admitted - (try lost()) : admitted
    }

    /// Calls that were allowed and that nobody pays.
    private func lost() throws -> Int {
        try #require(try market.number("SELECT COALESCE(SUM(shrunk), 0) FROM credit_window"))
    }

    /// All callers ask at once; what is to go wrong goes wrong before they have heard.
    private func round(asking count: Int) throws {
        rounds += 1
        for number in 0..<count {
            if connections[number] == nil { connections[number] = try market.agents[number].connect() }
            connections[number]?.send(frames)
        }
        var killed: Set<Int> = []
        if allowed > 0 || rounds > 3, !events.isEmpty { killed = try happen(events.removeFirst()) }
        for number in 0..<count where !killed.contains(number) { try hear(number) }
    }

    private func happen(_ event: SaleScript.Event) throws -> Set<Int> {
        switch event {
        case .kill(let agents):
            for number in agents {
                market.agents[number].program.kill()
                if connections[number] != nil { try hear(number, isDead: true) }
                connections[number] = nil
                try market.replace(number)
            }
            return agents
        case .killCollector(let pause): try market.replaceCollector(after: pause)
        case .copyDisk(let agent):
            try market.copyDisk(of: agent)
            connections.append(nil)
        case .buyAgain: try market.buy("pack", "two")
        }
        return []
    }

    private func hear(_ number: Int, isDead: Bool = false) throws {
        for heard in 0..<Self.callers {
            guard let frame = connections[number]?.receiveFrame() else {
                try #require(isDead, "agent \(number) does not answer: \(market.agents[number].program.log)")
                unheard += Self.callers - heard
                return
            }
            let answer = try AgentUnderTest.answer(frame)
            if answer.verdict == .allow { allowed += 1 }
            let isKnown = [.ok, .balance, .overload, .keyUnknown, .noPlan].contains(answer.reason)
            #expect(isKnown, "\(answer)")
        }
    }
}
