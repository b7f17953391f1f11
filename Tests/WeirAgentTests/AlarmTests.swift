import Testing
import WeirAgent

@Suite struct AlarmTests {
    @Test func onlyTheBeginningAndTheEndAreTold() {
        var alarm = Alarm(quietLooks: 3)
        let values: [UInt64] = [0, 0, 5, 9, 9, 9, 12, 12, 12, 12, 12, 13, 13, 13, 13]
        #expect(
            values.map { alarm.look($0) } == [
                nil, nil, .began(5), nil, nil, nil, nil, nil, nil, .ended(12), nil, .began(1), nil, nil, .ended(1),
            ])
    }

    @Test func eachTroubleHasAMetricOfItsOwnAndNamesWhatDecidesIt() {
        let names = Trouble.allCases.map { "\($0.metric)" }
        #expect(Set(names).count == names.count)
        #expect(Set(Trouble.allCases.map(\.description)).count == names.count)
    }

    @Test func filesAreKeptForTheAgentItself() {
        let room = FileRoom(limit: 1_024, reserved: 32, adminConnections: 32, processors: 64)
        #expect(room.kept == 24 + 32 + 32 + 256)
        #expect(room.connections == 680)
        #expect(FileRoom(limit: 20, reserved: 32, adminConnections: 32, processors: 1).connections == 0)
    }

    @Test func aGroupDoesNotLetUnknownUsersIn() throws {
        let peers = try PeerList(["0", "@1"])
        #expect(peers.allows(user: 0, group: 7))
        #expect(peers.allows(user: 7, group: 1))
        #expect(!peers.allows(user: 65_534, group: 1))
        #expect(!peers.allows(user: 7, group: 7))
        #expect(throws: StartError.self) { try PeerList(["65534"]) }
        #expect(throws: StartError.self) { try PeerList(["@65534"]) }
        #expect(try PeerList([]).allows(user: 65_534, group: 65_534))
    }
}
