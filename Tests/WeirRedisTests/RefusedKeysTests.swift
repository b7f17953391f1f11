import Testing
import WeirRedis

/// Which calls fail because a key holds what it should not.
@Suite struct RefusedKeysTests {
    private let trouble = StoreTrouble.operatorMustAct(reply: "WRONGTYPE foreign")
    private let second: UInt64 = 1_000_000_000

    private func call(_ keys: String..., tag: Int = 0) -> LeaseCall {
        var call = LeaseCall.touching(tag: tag)
        call.keys = keys.map { Array($0.utf8) }
        call.asks = keys.map { _ in [] }
        return call
    }

    @Test func callsThatShareAKeyWithTheRefusedOneFailForAWhile() {
        var keys = RefusedKeys()
        keys.refused(call("a", "b"), trouble, now: 0, chance: 0.5)
        #expect(keys.trouble(of: call("b"), now: 1) == nil, "one of two: nobody knows which")
        keys.refused(call("b"), trouble, now: 0, chance: 0.5)
        #expect(keys.trouble(of: call("c", "b"), now: 1) == trouble)
        #expect(keys.trouble(of: call("c"), now: 1) == nil)
        #expect(keys.trouble(of: call("b", tag: 1), now: 1) == nil)
        #expect(keys.trouble(of: .touching(), now: 1) == nil)
        #expect(keys.trouble(of: call("b"), now: 5 * second - 1) == trouble)
        #expect(keys.trouble(of: call("b"), now: 5 * second) == nil)
        #expect(keys.trouble(of: call("b"), now: 1) == nil)
    }

    @Test func aFenceThatIsRefusedFailsItsTouchesAlone() {
        var keys = RefusedKeys()
        keys.refused(.touching(), trouble, now: 0, chance: 0.5)
        #expect(keys.trouble(of: .touching(), now: 1) == trouble)
        #expect(keys.trouble(of: .touching(tag: 1), now: 1) == nil)
        #expect(keys.trouble(of: call("a"), now: 1) == nil)
    }

    @Test func noMoreAreRememberedThanMayBe() {
        var keys = RefusedKeys()
        for index in 0...RefusedKeys.maximumKeys { keys.refused(call("\(index)"), trouble, now: 0, chance: 0.5) }
        #expect(keys.trouble(of: call("0"), now: 1) == trouble)
        #expect(keys.trouble(of: call("\(RefusedKeys.maximumKeys)"), now: 1) == nil)
        keys.refused(call("late"), trouble, now: 6 * second, chance: 0.5)
        #expect(keys.trouble(of: call("late"), now: 6 * second + 1) == trouble)
    }
}
