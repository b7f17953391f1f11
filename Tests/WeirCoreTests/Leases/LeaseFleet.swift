import Foundation
import WeirCore
import WeirTestSupport

/// A fleet of agents that share one bucket through a store, in simulated time: messages are late, lost and doubled, agents die and
/// stop. What every agent admits is noted, so that whoever made the fleet can hold it against the bound.
struct LeaseFleet {
    struct Shape {
        var agents = 3
        var capacity: Int64 = 20
        var tokens: Int64 = 20
        var microseconds: Int64 = 1_000_000
        /// Tokens per second that are asked for, of the whole fleet.
        var load: Double = 60
        var costs: [Int64] = [1]
        var seconds = 6.0
        var roundTrip: Double = 0.002
        /// Share of messages that are lost, and that come twice; share of checks after which an agent dies.
        var losses = 0.0
        var doubles = 0.0
        var crashes = 0.0
        /// Times that an agent is stopped for up to two leases.
        var pauses = 0
        /// When the whole bucket is asked for, of every agent.
        var surges: [Double] = []
        /// When the first agent is stopped, and goes on.
        var stop: (start: Double, end: Double)?
        /// Microseconds of demand that an agent likes to hold.
        var horizon: Int64 = 50_000
        /// By how many per cent an agent's clock may be slow or fast.
        var drift = 1.0
    }

    private enum Event {
        case arrival(agent: Int, cost: Int64)
        case tick(agent: Int)
        case execute(agent: Int, name: Int, ask: LeaseAsk)
        case reply(agent: Int, name: Int, sequence: Int64, answer: LeaseAnswer)
    }

    private struct Agent {
        var lease: SharedLease
        /// Changes when it dies or gives up: the store knows it by this.
        var name: Int
        var speed: Double
        var waiting: [Int64] = []

        func clock(_ time: Double) -> Int64 { Int64(time * speed * 1_000_000) }
    }

    private let shape: Shape
    private let terms: LimitTerms
    private let pace: LeasePace
    private var random: SeededRandom
    private var store: ModelStore
    private var agents: [Agent] = []
    private var events = Timeline<Event>()
    private var names = 0
    /// By agent, when it is stopped and when it goes on.
    private var pauses: [Int: [(start: Double, end: Double)]] = [:]
    private(set) var admitted: [(time: Double, tokens: Int64)] = []
    private(set) var arrivals: [(time: Double, tokens: Int64)] = []
    private(set) var calls = 0

    init(_ shape: Shape, seed: UInt64) {
        guard
            let terms = LimitTerms(
                capacity: shape.capacity, tokens: shape.tokens, microseconds: shape.microseconds)
        else { preconditionFailure("a bucket") }
        self.shape = shape
        self.terms = terms
        var pace = LeasePace()
        pace.horizon = shape.horizon
        pace.roundTrip = Int64(shape.roundTrip * 1_000_000)
        self.pace = pace
        random = SeededRandom(seed)
        store = ModelStore(terms: terms, per: terms.per)
    }

    /// Lives through it.
    mutating func run() {
        for index in 0..<shape.agents {
            agents.append(
                Agent(
                    lease: newLease(), name: newName(),
                    speed: 1 + Double.random(in: -1...1, using: &random) * shape.drift / 100))
            plan(index)
        }
        while let (time, event) = events.next() { take(event, at: time) }
    }

    private func newLease() -> SharedLease { SharedLease(.bucket, terms, now: 0) }

    private mutating func newName() -> Int {
        names += 1
        return names
    }

    private mutating func plan(_ agent: Int) {
        var time = 0.0
        while time < shape.seconds {
            time -= log(Double.random(in: 0.000_001...1, using: &random)) * Double(shape.agents) / shape.load
            let cost = shape.costs.randomElement(using: &random) ?? 1
            if time < shape.seconds { events.add(.arrival(agent: agent, cost: cost), at: time) }
        }
        for surge in shape.surges {
            for _ in 0..<shape.capacity { events.add(.arrival(agent: agent, cost: 1), at: surge) }
        }
        if agent == 0, let stop = shape.stop {
            pauses[0, default: []].append(stop)
            // What has come when it is stopped is the first that it does afterwards.
            for _ in 0..<10 { events.add(.arrival(agent: 0, cost: 1), at: stop.start) }
        }
        time = Double.random(in: 0...0.005, using: &random)
        while time < shape.seconds + 3 {
            events.add(.tick(agent: agent), at: time)
            time += 0.005
        }
        for _ in 0..<shape.pauses {
            let start = Double.random(in: 0...shape.seconds, using: &random)
            pauses[agent, default: []].append((start, start + Double.random(in: 0.5...2, using: &random)))
        }
    }

    /// When an agent that is stopped now goes on.
    private func resumes(_ agent: Int, at time: Double) -> Double? {
        pauses[agent]?.first { $0.start <= time && time < $0.end }?.end
    }

    private mutating func take(_ event: Event, at time: Double) {
        switch event {
        case .execute(let index, let name, let ask): execute(index, name, ask, at: time)
        case .arrival(let index, _), .tick(let index), .reply(let index, _, _, _):
            // What happened to an agent that is stopped comes to it afterwards.
            if let resumed = resumes(index, at: time) { return events.add(event, at: resumed) }
            wake(index, event, at: time)
        }
    }

    private mutating func wake(_ index: Int, _ event: Event, at time: Double) {
        let now = agents[index].clock(time)
        switch event {
        case .arrival(_, let cost):
            if Double.random(in: 0..<1, using: &random) < shape.crashes {
                // Whatever it held expires; who waited is gone.
                agents[index] = Agent(lease: newLease(), name: newName(), speed: agents[index].speed)
            }
            arrivals.append((time, cost))
            switch agents[index].lease.find(cost, now: now) {
            case .held: admit(index, cost, at: time)
            case .denied: break
            case .waits:
                agents[index].waiting.append(cost)
                agents[index].lease.park(cost)
            }
        case .reply(_, let name, let sequence, let answer):
            guard name == agents[index].name else { return }
            let outcome = agents[index].lease.take(answer, sequence: sequence, now: now, pace)
            guard outcome.isTaken else { return }
            agents[index].lease.unpark()
            serveWaiting(index, at: time)
            if outcome.deniesWaiting { agents[index].waiting = [] }
            for cost in agents[index].waiting { agents[index].lease.park(cost) }
        default: break
        }
        call(index, at: time)
    }

    private mutating func serveWaiting(_ index: Int, at time: Double) {
        while let cost = agents[index].waiting.first, agents[index].lease.usable(agents[index].clock(time)) >= cost {
            agents[index].waiting.removeFirst()
            admit(index, cost, at: time)
        }
    }

    private mutating func admit(_ index: Int, _ cost: Int64, at time: Double) {
        agents[index].lease.spend(cost, now: agents[index].clock(time))
        admitted.append((time, cost))
    }

    private mutating func call(_ index: Int, at time: Double) {
        let now = agents[index].clock(time)
        if agents[index].lease.isGivenUp(now: now, pace), agents[index].lease.giveUp() {
            agents[index].name = newName()
        }
        if agents[index].lease.isDue(now: now, pace) {
            transmit(index, agents[index].lease.makeCall(now: now, pace), at: time)
        } else if agents[index].lease.isOverdue(now: now, pace) {
            transmit(index, agents[index].lease.repeated(now: now, pace), at: time)
        }
    }

    private mutating func delay() -> Double {
        -log(Double.random(in: 0.000_001...1, using: &random)) * shape.roundTrip / 2
    }

    private mutating func transmit(_ index: Int, _ ask: LeaseAsk, at time: Double) {
        for _ in 0..<copies() {
            events.add(.execute(agent: index, name: agents[index].name, ask: ask), at: time + delay())
        }
    }

    /// How often a message arrives.
    private mutating func copies() -> Int {
        if Double.random(in: 0..<1, using: &random) < shape.losses { return 0 }
        return Double.random(in: 0..<1, using: &random) < shape.doubles ? 2 : 1
    }

    private mutating func execute(_ index: Int, _ name: Int, _ ask: LeaseAsk, at time: Double) {
        calls += 1
        let answer = store.answer(ModelCall(ask, now: Int64(time * 1_000_000), agent: "\(name)"))
        let told = LeaseAnswer(
            standing: LeaseAnswer.Standing(rawValue: answer.grant.standing) ?? .lost, granted: answer.grant.granted,
            retry: answer.grant.retry, life: answer.grant.life, level: answer.level, outstanding: answer.outstanding,
            amount: answer.amount, isRecall: answer.recall)
        for _ in 0..<copies() {
            events.add(.reply(agent: index, name: name, sequence: ask.sequence, answer: told), at: time + delay())
        }
    }
}
