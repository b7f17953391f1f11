import CLinux
import Glibc

/// One connection of an agent through the fault proxy, with the store's side of it, and a second one for what is delivered again.
struct ProxyLink {
    let agent: Int32
    let store: Int32
    /// Where copies are run; what comes back is thrown away.
    private let ghost: Int32
    private(set) var isOver = false
    private var fromAgent: [UInt8] = []
    /// Whole requests and when they go on.
    private var toStore: [(at: Int64, bytes: [UInt8])] = []
    private var toGhost: [(at: Int64, bytes: [UInt8])] = []
    private var storeRest: [UInt8] = []
    private var agentRest: [UInt8] = []
    private var ghostRest: [UInt8] = []
    private var requests = 0
    private var isSilent = false

    /// The next one that waits; nil where none does.
    init?(accepting listener: Int32, store path: String) {
        let accepted = linux_accept(listener)
        guard accepted >= 0 else { return nil }
        let ends = [linux_unix_socket(), linux_unix_socket()]
        guard ends.allSatisfy({ $0 >= 0 && linux_connect_unix($0, path) == 0 }) else {
            for end in ends + [accepted] where end >= 0 { Glibc.close(end) }
            return nil
        }
        (agent, store, ghost) = (accepted, ends[0], ends[1])
    }

    func close() { for end in [agent, store, ghost] { Glibc.close(end) } }

    /// Passes on what is there and due.
    mutating func pass(_ mode: ProxyMode, _ now: Int64) -> (repeated: Int, silenced: Int) {
        var tally = (repeated: 0, silenced: 0)
        fromAgent += receive(agent)
        while let length = RequestLength.first(fromAgent) {
            let request = Array(fromAgent[..<length])
            fromAgent.removeFirst(length)
            requests += 1
            var delay: Int64 = 0
            if case .delay(let milliseconds) = mode { delay = Int64(milliseconds) * 1_000_000 }
            toStore.append((max(now + delay, toStore.last?.at ?? 0), request))
            if case .twice(let milliseconds) = mode, Self.isCall(request) {
                toGhost.append((now + Int64(milliseconds) * 1_000_000, request))
                tally.repeated += 1
            }
        }
        if case .dropReplies(let count) = mode, requests >= count, !isSilent {
            isSilent = true
            tally.silenced += 1
        }
        Self.move(&toStore, to: &storeRest, now)
        Self.move(&toGhost, to: &ghostRest, now)
        let answer = receive(store)
        if !isSilent { agentRest += answer }
        _ = receive(ghost)
        let areOpen = [Self.send(store, &storeRest), Self.send(agent, &agentRest), Self.send(ghost, &ghostRest)]
        if areOpen.contains(false) { isOver = true }
        return tally
    }

    private static func isCall(_ request: [UInt8]) -> Bool {
        let name = Array("EVALSHA".utf8)
        // `*N\r\n$7\r\nEVALSHA`.
        guard let start = request.firstIndex(of: 0x24).map({ $0 + 4 }), start + 7 <= request.count else { return false }
        return zip(request[start..<start + 7], name).allSatisfy { $0 & 0xdf == $1 }
    }

    private static func move(_ queue: inout [(at: Int64, bytes: [UInt8])], to rest: inout [UInt8], _ now: Int64) {
        while let first = queue.first, first.at <= now {
            rest += first.bytes
            queue.removeFirst()
        }
    }

    private mutating func receive(_ end: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(end, &part, part.count, 0)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN && errno != EINTR { isOver = true }
                return bytes
            }
            bytes += part[..<count]
        }
    }

    /// - Returns: false where the other end is gone.
    private static func send(_ end: Int32, _ bytes: inout [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        let sent = Glibc.send(end, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        if sent > 0 { bytes.removeFirst(sent) }
        return sent > 0 || errno == EAGAIN
    }
}
