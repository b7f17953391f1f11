import Glibc

/// Asks a door of the agent on this machine, over a connection of its own, with a deadline.
enum DoorProbe {
    /// Bytes of the longest path of a socket.
    private static let maximumPathBytes = 107
    /// Bytes of an answer that are looked at.
    private static let answerBytes = 4_096

    /// Asks so many times, one after the other; the best answer counts, as the first one pays for starting.
    static func ask(_ door: Door, at path: String, within limit: Duration, times: Int = 1) -> DoorAnswer {
        var best = ask(door, path, limit)
        for _ in 1..<max(1, times) where best.isServed {
            let next = ask(door, path, limit)
            if next.isServed, next.elapsed < best.elapsed { best = next }
        }
        return best
    }

    private static func ask(_ door: Door, _ path: String, _ limit: Duration) -> DoorAnswer {
        let clock = ContinuousClock()
        let start = clock.now
        func answer(_ verdict: DoorAnswer.Verdict) -> DoorAnswer { DoorAnswer(verdict, elapsed: clock.now - start) }

        guard path.utf8.count <= maximumPathBytes else { return answer(.unreachable(ENAMETOOLONG)) }
        let kind = door.takesDatagrams ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = socket(
            AF_UNIX, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return answer(.unreachable(errno)) }
        defer { close(descriptor) }
        guard connect(descriptor, to: path) else { return answer(.unreachable(errno)) }
        let question = door.question
        if question.isEmpty { return answer(.served) }
        guard question.withUnsafeBytes({ send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) > 0 else {
            // Whoever refuses at once has said why before.
            return answer(errno == EPIPE ? read(descriptor, door, until: start + limit, clock) : .silent)
        }
        return answer(read(descriptor, door, until: start + limit, clock))
    }

    private static func connect(_ descriptor: Int32, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func read(
        _ descriptor: Int32, _ door: Door, until end: ContinuousClock.Instant, _ clock: ContinuousClock
    ) -> DoorAnswer.Verdict {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: answerBytes)
        while bytes.count < answerBytes {
            let left = (end - clock.now) / .milliseconds(1)
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&poller, 1, Int32(clamping: Int64(left.rounded(.up)))) > 0 else { return .silent }
            let count = recv(descriptor, &part, part.count, 0)
            guard count > 0 else { return .ended }
            bytes += part[..<count]
            if let verdict = door.verdict(on: bytes) { return verdict }
        }
        return .strange
    }
}
