import Testing

import WeirRedis

/// What a node's calls meet, event by event. Times are in milliseconds here.
@Suite struct NodeHealthTests {
    private static let oom = StoreTrouble.operatorMustAct(reply: "OOM full")
    private static let busy = StoreTrouble.retrySoon(reply: "BUSY script")
    private static let gone = StoreTrouble.unreachable(reason: "gone")

    private func ms(_ milliseconds: UInt64) -> UInt64 { milliseconds * 1_000_000 }

    private func ready() -> NodeHealth {
        var health = NodeHealth()
        health.tries(now: ms(1000))
        health.connected()
        return health
    }

    @Test func callsWaitForTheFirstConnectionAndFailWhereItDoesNotCome() {
        var health = NodeHealth()
        health.tries(now: ms(1000))
        #expect(health.admit(now: ms(1000)) == .wait)
        #expect(health.lost(Self.gone, now: ms(1001), chance: 0) == .reconnect(at: ms(1100)))
        #expect(health.admit(now: ms(1002)) == .refuse(Self.gone))
        health.tries(now: ms(1100))
        health.connected()
        #expect(health.admit(now: ms(1101)) == .send)
        #expect(health.reconnects == 1)
    }

    @Test func connectionsAreTriedAtMostOnceIn100MillisecondsAndAtLeastOnceInTwoSeconds() {
        var health = NodeHealth()
        var now = ms(1000)
        var gaps: [UInt64] = []
        for _ in 0..<8 {
            health.tries(now: now)
            guard case .reconnect(let next) = health.lost(Self.gone, now: now, chance: 0.999) else { return }
            gaps.append((next - now) / 1_000_000)
            now = next
        }
        #expect(gaps == [100, 199, 399, 799, 1599, 1999, 1999, 1999])
    }

    @Test func aNodeThatWasWellIsTriedAtOnceAgain() {
        var health = ready()
        health.answered(probe: false)
        #expect(health.lost(Self.gone, now: ms(5000), chance: 0.5) == .reconnect(at: ms(5050)))
    }

    @Test func whatAnOperatorMustMendIsTriedEveryFiveSecondsByOneCall() {
        var health = ready()
        #expect(health.refused(Self.oom, probe: false, now: ms(2000), chance: 0.5) == .nothing)
        #expect(health.admit(now: ms(6999)) == .refuse(Self.oom))
        #expect(health.admit(now: ms(7000)) == .probe)
        #expect(health.admit(now: ms(7000)) == .refuse(Self.oom))
        #expect(health.refused(Self.oom, probe: true, now: ms(7010), chance: 0) == .nothing)
        #expect(health.admit(now: ms(11_009)) == .refuse(Self.oom))
        #expect(health.admit(now: ms(11_010)) == .probe)
        health.answered(probe: true)
        #expect(health.admit(now: ms(11_011)) == .send)
    }

    @Test func whatPassesIsTriedSoon() {
        var health = ready()
        _ = health.refused(Self.busy, probe: false, now: ms(2000), chance: 0.5)
        #expect(health.state == .troubled(Self.busy, probe: ms(2050)))
        #expect(health.admit(now: ms(2050)) == .probe)
        _ = health.refused(Self.busy, probe: true, now: ms(2051), chance: 0.5)
        #expect(health.state == .troubled(Self.busy, probe: ms(2201)))
    }

    @Test func refusalsOfOneBatchCountOnce() {
        var health = ready()
        for _ in 0..<50 { _ = health.refused(Self.busy, probe: false, now: ms(2000), chance: 0.5) }
        #expect(health.state == .troubled(Self.busy, probe: ms(2050)))
        // Nor does an answer to what was sent before end the trouble.
        health.answered(probe: false)
        #expect(health.trouble == Self.busy)
    }

    @Test func aProbeThatTellsNothingMakesRoomForAnother() {
        var health = ready()
        _ = health.refused(Self.busy, probe: false, now: ms(2000), chance: 0)
        #expect(health.admit(now: ms(2000)) == .probe)
        health.probeEnded()
        #expect(health.admit(now: ms(2001)) == .probe)
    }

    @Test(arguments: [
        StoreTrouble.wrongNode(reply: "READONLY no"), .timedOut, .operatorMustAct(reply: "NOAUTH who"),
        .operatorMustAct(reply: "WRONGPASS no"),
    ])
    func whatOnlyAnotherConnectionCanEndClosesThisOne(_ trouble: StoreTrouble) {
        var health = ready()
        guard case .reconnect(let time) = health.refused(trouble, probe: false, now: ms(3000), chance: 0) else {
            return #expect(Bool(false))
        }
        #expect(time >= ms(3000))
        #expect(health.admit(now: ms(3001)) == .refuse(trouble))
    }

    @Test func aServerThatAcceptsConnectionsAndRefusesCallsIsNotTriedWithoutPause() {
        var health = ready()
        var now = ms(2000)
        var gap: UInt64 = 0
        for _ in 0..<8 {
            guard
                case .reconnect(let next) = health.refused(
                    .wrongNode(reply: "READONLY"), probe: false, now: now, chance: 0.999)
            else { return }
            gap = next - now
            now = next
            health.tries(now: now)
            health.connected()
        }
        #expect(gap / 1_000_000 == 1999)
    }

    @Test func warningsSayWhatWeakensTheBound() {
        func facts(_ lines: String...) -> ServerFacts? {
            ServerFacts(
                info: Array((["run_id:r", "master_replid:m", "role:master"] + lines).joined(separator: "\r\n").utf8))
        }
        let well = ["redis_version:7.0.15", "maxmemory_policy:noeviction", "aof_enabled:1", "connected_slaves:0"]
        #expect(facts(well.joined(separator: "\r\n"))?.warnings == [])
        let ill = ["redis_version:6.2.1", "maxmemory_policy:allkeys-lru", "aof_enabled:0", "connected_slaves:2"]
        let warnings = facts(ill.joined(separator: "\r\n"))?.warnings
        #expect(
            warnings == [
                .version("6.2.1"), .eviction(policy: "allkeys-lru"), .persistence(hasSnapshot: false), .replicas(2),
            ])
        #expect(facts(well.joined(separator: "\r\n"), "connected_slaves:2", "min_slaves_good_slaves:1")?.warnings == [])
        #expect(ServerFacts(info: Array("nonsense".utf8)) == nil)
        #expect(warnings?.allSatisfy { $0.description.contains("set ") || $0.description.contains("update") } == true)
    }
}
