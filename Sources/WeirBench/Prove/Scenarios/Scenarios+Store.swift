import Glibc

/// A store that is lost, hangs, or says no.
extension Scenarios {
    // MARK: The store

    static let storeFaults: [Scenario] = [
        Scenario("Redis killed, restarted empty") {
            $0.steps = [FaultStep(breaks, .store(.kill)), FaultStep(breaks + 0.5, .store(.start([])))]
            $0.isShort = true
        },
        Scenario("Redis killed, restarted from an old snapshot") {
            $0.steps = [
                FaultStep(0.5, .store(.ask([["SAVE"]]))), FaultStep(breaks, .store(.kill)),
                FaultStep(breaks + 0.3, .store(.start([]))),
            ]
        },
        Scenario("Redis killed, restarted empty, a window") {
            $0.window = 2_000
            $0.steps = [FaultStep(breaks, .store(.kill)), FaultStep(breaks + 0.5, .store(.start([])))]
        },
        Scenario("Redis restarted empty, an agent never back, a window") {
            $0.window = 2_000
            $0.neverReturning = 0..<1
            $0.steps = [
                FaultStep(breaks, .killAgents(0..<1)), FaultStep(breaks, .store(.kill)),
                FaultStep(breaks + 0.5, .store(.start([]))),
            ]
        },
        Scenario("Redis stopped") {
            $0.steps = [FaultStep(breaks, .store(.signal(SIGSTOP))), FaultStep(breaks + 1.5, .store(.signal(SIGCONT)))]
            $0.isShort = true
        },
        Scenario("FLUSHALL") { $0.steps = [FaultStep(breaks, .store(.ask([["FLUSHALL"]])))] },
        Scenario("SCRIPT FLUSH") {
            $0.steps = [FaultStep(breaks, .store(.ask([["SCRIPT", "FLUSH"]])))]
            $0.isUnfelt = true
        },
    ]

    // MARK: A store that answers, and says no

    static let troubles: [Scenario] = [
        Scenario("READONLY") {
            $0.steps = [
                FaultStep(breaks, .store(.ask([["REPLICAOF", "127.0.0.1", "1"]]))),
                FaultStep(breaks + 1, .store(.ask([["REPLICAOF", "NO", "ONE"]]))),
            ]
            $0.seconds = 8
        },
        Scenario("OOM") {
            $0.steps = [
                FaultStep(breaks, .store(.ask([["CONFIG", "SET", "maxmemory", "1"]]))),
                FaultStep(breaks + 1, .store(.ask([["CONFIG", "SET", "maxmemory", "0"]]))),
            ]
            $0.seconds = 10
        },
        Scenario("LOADING") {
            let filler = "for i = 1, 200 do redis.call('SET', 'filler' .. i, string.rep('x', 1000)) end"
            $0.steps = [
                FaultStep(0.5, .store(.ask([["EVAL", filler, "0"], ["SAVE"]]))), FaultStep(breaks, .store(.kill)),
                FaultStep(
                    breaks + 0.1,
                    .store(.start(["--key-load-delay", "7000", "--loading-process-events-interval-bytes", "1024"]))),
                FaultStep(breaks + 1.5, .mended),
            ]
            $0.seconds = 8
        },
        Scenario("BUSY") {
            $0.storeOptions = ["--busy-reply-threshold", "10"]
            $0.steps = [
                FaultStep(breaks, .store(.tell(["EVAL", "while true do end", "0"]))),
                FaultStep(breaks + 1, .store(.ask([["SCRIPT", "KILL"]]))),
            ]
        },
        Scenario("NOAUTH") {
            $0.steps = [
                FaultStep(
                    breaks,
                    .store(.ask([["CONFIG", "SET", "requirepass", "secret"], ["CLIENT", "KILL", "TYPE", "normal"]]))),
                FaultStep(breaks + 1, .store(.ask([["AUTH", "secret"], ["CONFIG", "SET", "requirepass", ""]]))),
            ]
            $0.seconds = 10
        },
    ]

    static let amounts: [Scenario] = [
        Scenario("amount lowered under load") {
            $0.steps = [FaultStep(2, .lower(perSecond: 100, burst: 50))]
            // That it came about shows in the bound: what follows has to keep the smaller one.
            $0.isUnfelt = true
            $0.seconds = 7
            $0.isShort = true
        }
    ]
}
