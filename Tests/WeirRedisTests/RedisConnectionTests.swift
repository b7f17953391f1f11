import NIOCore
import NIOEmbedded
import Testing

import WeirRedis

/// One connection, byte by byte, without a server.
@Suite struct RedisConnectionTests {
    private final class Answers {
        var list: [Result<RedisReply, StoreTrouble>] = []
    }

    private func connected(timeout: TimeAmount = .seconds(1)) throws -> (EmbeddedChannel, RedisConnection) {
        let connection = RedisConnection(timeout: timeout)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(connection)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        return (channel, connection)
    }

    @Test func aBatchOfCommandsLeavesInOneWrite() throws {
        let (channel, connection) = try connected()
        for index in 0..<100 { connection.send(RedisCommand("GET", "\(index)")) { _, _ in } }
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        connection.flush()
        let bytes = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: bytes).split(separator: "GET").count == 101)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test func commandsAreWrittenWithAnyBytes() {
        var buffer = ByteBuffer()
        RedisCommand([[0x41], [], [0, 13, 10, 255]]).write(to: &buffer)
        #expect(
            Array(buffer.readableBytesView) == Array("*3\r\n$1\r\nA\r\n$0\r\n\r\n$4\r\n".utf8) + [
                0, 13, 10, 255, 13, 10,
            ])
    }

    @Test func repliesAreGivenInOrderHoweverTheyAreCut() throws {
        let (channel, connection) = try connected()
        let answers = Answers()
        for _ in 0..<5 { connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) } }
        connection.flush()
        for byte in "+OK\r\n:-7\r\n$3\r\na\r\n\r\n*3\r\n$-1\r\n:1\r\n*0\r\n-ERR no\r\n".utf8 {
            try channel.writeInbound(ByteBuffer(bytes: [byte]))
        }
        #expect(
            answers.list == [
                .success(.status(Array("OK".utf8))), .success(.integer(-7)), .success(.bytes([0x61, 13, 10])),
                .success(.array([.none, .integer(1), .array([])])), .success(.error(Array("ERR no".utf8))),
            ])
    }

    @Test(arguments: [
        "hello\r\n", "$99999999999999\r\n", "*2147483647\r\n", ":12a\r\n", "+unasked\r\n",
        String(repeating: "*1\r\n", count: 10),
    ])
    func whatIsNoReplyClosesTheConnection(_ bytes: String) throws {
        let (channel, connection) = try connected()
        let answers = Answers()
        var reasons: [StoreTrouble] = []
        connection.onClose = { reasons.append($0) }
        if bytes != "+unasked\r\n" { connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) } }
        connection.flush()
        try channel.writeInbound(ByteBuffer(string: bytes))
        if reasons.isEmpty {
            // It waits for the rest of a string that is too long, and takes no more of it than a reply may have.
            let piece = ByteBuffer(repeating: 0x61, count: 1 << 20)
            for _ in 0..<17 where reasons.isEmpty { try channel.writeInbound(piece) }
        }
        #expect(reasons.count == 1)
        #expect(reasons.first?.label == "unreachable")
        #expect(answers.list.allSatisfy { if case .failure = $0 { true } else { false } })
        #expect(!channel.isActive)
    }

    @Test func aReplyThatIsLateClosesTheConnection() throws {
        let (channel, connection) = try connected(timeout: .seconds(1))
        let answers = Answers()
        for _ in 0..<2 { connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) } }
        connection.flush()
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
        #expect(answers.list == [])
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(answers.list == [.failure(.timedOut), .failure(.timedOut)])
        #expect(!channel.isActive)
    }

    @Test func aShorterPatienceCountsAtOnce() throws {
        let (channel, connection) = try connected(timeout: .hours(1))
        let answers = Answers()
        connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) }
        connection.flush()
        connection.timeout = .seconds(1)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(answers.list == [.failure(.timedOut)])
    }

    @Test func theEndOfTheConnectionFailsWhatWaits() throws {
        let (channel, connection) = try connected()
        let answers = Answers()
        connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) }
        connection.flush()
        channel.pipeline.fireChannelInactive()
        #expect(answers.list == [.failure(.unreachable(reason: "the server closed the connection"))])
        connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) }
        #expect(answers.list.count == 2)
    }

    @Test func moreCommandsThanMayWaitAreRefused() throws {
        let (_, connection) = try connected()
        let answers = Answers()
        for _ in 0...RedisConnection.maximumPending {
            connection.send(RedisCommand("X")) { result, _ in answers.list.append(result) }
        }
        #expect(answers.list == [.failure(.overloaded)])
    }
}
