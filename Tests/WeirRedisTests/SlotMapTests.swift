import Testing

import WeirRedis

/// Slots, who serves them, and which nodes to be connected to.
@Suite struct SlotMapTests {
    private let a = RedisAddress.tcp(host: "a", port: 1)
    private let b = RedisAddress.tcp(host: "b", port: 2)
    private let c = RedisAddress.tcp(host: "c", port: 3)

    private func range(_ first: Int64, _ last: Int64, _ host: String, _ port: Int64) -> RedisReply {
        .array([.integer(first), .integer(last), .array([.bytes(Array(host.utf8)), .integer(port), .bytes([])])])
    }

    @Test func slotsAreThoseOfTheSpecification() {
        #expect(ClusterSlot.crc16(Array("123456789".utf8)) == 0x31C3)
        #expect(LeaseKey.tag(7) == Array("w007".utf8))
        #expect(LeaseKey.prefix(tag: 255, namespace: "n") == Array("{w255}:n:".utf8))
    }

    @Test func aMapSaysWhoServesASlot() throws {
        let map = try #require(SlotMap(.array([range(0, 99, "a", 1), range(200, 16383, "", 2)]), asked: c))
        #expect(map.owner(of: 0) == a)
        #expect(map.owner(of: 99) == a)
        #expect(map.owner(of: 100) == nil)
        #expect(map.owner(of: 16383) == .tcp(host: "c", port: 2))
        var moved = map
        moved.move(100, to: b)
        #expect(moved.owner(of: 100) == b)
        #expect(moved.addresses.count == 3)
    }

    @Test func whatIsNoMapIsRefused() {
        let wrong: [RedisReply] = [
            .none, .integer(1), .array([.integer(1)]), .array([range(5, 4, "a", 1)]), .array([range(0, 16384, "a", 1)]),
            .array([range(-1, 4, "a", 1)]), .array([range(0, 4, "a", 0)]),
            .array([.array([.integer(0), .integer(1)])]),
        ]
        for reply in wrong { #expect(SlotMap(reply, asked: a) == nil) }
        #expect(SlotMap(.array([range(0, 1, "?", 1)]), asked: a)?.owner(of: 0) == nil)
    }

    @Test func membersAreThoseOfTheMapAndGuestsForAWhile() throws {
        var members = ClusterMembers(seeds: [a])
        #expect(members.fallBack() == .init(open: [a]))
        #expect(members.fallBack() == .init())
        let map = try #require(SlotMap(.array([range(0, 16383, "b", 2)]), asked: a))
        #expect(members.follow(map, now: 0) == .init(open: [b], close: [a]))
        #expect(members.visit(c, now: 1) == .init(open: [c]))
        #expect(members.visit(c, now: 2) == .init())
        #expect(members.follow(map, now: 3) == .init())
        #expect(members.follow(map, now: 2 + ClusterMembers.guestNanoseconds) == .init(close: [c]))
        #expect(members.fallBack() == .init(open: [a]))
    }
}
