import Testing
import WeirAgent
import WeirTestSupport

/// Lines that wait to be counted.
@Suite struct LogQueueTests {
    private func append(_ line: [UInt8], user: UInt32 = 7, to queue: inout LogQueue) -> Bool {
        line.withUnsafeBytes { queue.append($0, user: user) }
    }

    private func take(_ queue: inout LogQueue) -> [UInt8]? {
        guard let line = queue.next() else { return nil }
        return queue.withBytes(line) { Array($0) }
    }

    @Test func linesComeOutAsTheyWentIn() {
        var queue = LogQueue(bytes: 64)
        #expect(queue.isEmpty && take(&queue) == nil)
        #expect(append([1, 2, 3], to: &queue) && append([], user: 9, to: &queue))
        #expect(take(&queue) == [1, 2, 3])
        let line = queue.next()
        #expect(line?.user == 9 && line?.count == 0)
        #expect(queue.isEmpty && queue.bytesUsed == 24)
        queue.free()
        #expect(queue.bytesUsed == 0)
    }

    @Test func whatHasNoRoomIsRefusedAndNothingIsLost() {
        var queue = LogQueue(bytes: 64)
        for number in 0..<4 as Range<UInt8> { #expect(append([number], to: &queue)) }
        #expect(!append([9], to: &queue))
        #expect(take(&queue) == [0])
        #expect(!append([9], to: &queue), "what was taken is still in use")
        queue.free()
        #expect(append([9], to: &queue))
        #expect((0..<4).map { _ in take(&queue) } == [[1], [2], [3], [9]])
    }

    @Test func linesOfAnyLengthGoRoundAndRound() {
        var queue = LogQueue(bytes: 256)
        var random = SeededRandom(7)
        var (inside, next, refused) = ([[UInt8]](), UInt8(0), 0)
        for _ in 0..<20_000 {
            if Bool.random(using: &random) {
                let line = [UInt8](repeating: next, count: Int.random(in: 0...60, using: &random))
                if append(line, to: &queue) { inside.append(line) } else { refused += 1 }
                next &+= 1
            } else if !inside.isEmpty {
                #expect(take(&queue) == inside.removeFirst())
                if Bool.random(using: &random) { queue.free() }
            }
            #expect(queue.bytesUsed <= 256)
        }
        #expect(refused > 0)
    }
}
