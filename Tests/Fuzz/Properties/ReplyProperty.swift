import WeirCore

#if canImport(WeirReplies)
import WeirReplies
#else
import WeirRedis
#endif

/// Replies of a server are the same in one piece and in two, or wrong in both; and whatever numbers they hold, a lease takes them
/// as an answer or not at all.
enum ReplyProperty {
    static func check(_ input: [UInt8]) {
        let whole = read([input[...]])
        for place in [1, input.count / 2, input.count - 1] where input.indices.contains(place) {
            precondition(read([input[..<place], input[place...]]) == whole, "other replies in two pieces")
        }
        for reply in whole.replies { answer(numbers(reply)) }
    }

    private struct Reading: Equatable {
        var replies: [RedisReply] = []
        var isMalformed = false
    }

    private static func read(_ parts: [ArraySlice<UInt8>]) -> Reading {
        let reader = ReplyReader()
        var reading = Reading()
        do throws(ReplyReader.Malformed) {
            for part in parts {
                try reader.feed(Array(part))
                while let reply = try reader.next() { reading.replies.append(reply) }
            }
        } catch {
            reading.isMalformed = true
        }
        return reading
    }

    private static func numbers(_ reply: RedisReply) -> [Int64] {
        switch reply {
        case .integer(let number): [number]
        case .array(let elements): elements.flatMap(numbers)
        default: []
        }
    }

    /// What an agent does with the numbers of the script, whoever sent them.
    private static func answer(_ numbers: [Int64]) {
        var fence = FenceView()
        let now: Int64 = 1_000_000
        _ = fence.take(numbers.prefix(FenceView.count), sentAt: now, now: now)
        _ = fence.latest(now: now + 5_000_000, LeasePace())
        guard let terms = LimitTerms(capacity: 100, tokens: 7, microseconds: 3_000) else { return }
        for kind in [LeaseAsk.Kind.bucket, .window, .slots] {
            guard let answer = LeaseAnswer(numbers.dropFirst(FenceView.count).prefix(LeaseAnswer.count)) else { return }
            var lease = SharedLease(kind, terms, start: 0, end: kind == .window ? 9_000_000 : 0, now: now)
            let pace = LeasePace.of(kind, roundTrip: 1_000)
            _ = lease.find(3, now: now)
            lease.park(3)
            let ask = lease.makeCall(now: now, pace)
            _ = lease.take(answer, sequence: ask.sequence, now: now + 1_000, pace)
            lease.unpark()
            precondition(lease.usable(now + 1_000) >= 0 && lease.available(now + 1_000) >= 0, "less than nothing")
            if lease.find(1, now: now + 1_000) == .held { lease.spend(1, now: now + 1_000) }
            _ = lease.isDue(now: now + 2_000_000, pace)
        }
    }
}
