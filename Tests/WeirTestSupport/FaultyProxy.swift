import Foundation
import Synchronization

/// Something between agents and a collector that loses, repeats and delays what they say, as a seed has it.
///
/// It understands as much of HTTP as it takes to have whole requests: each goes to the collector over a connection of its own. Which
/// fault the n-th request of a connection meets follows from the seed; which request that is, the agents decide.
package final class FaultyProxy: Sendable {
    /// How many of a hundred requests meet a fault of each kind.
    package struct Faults: Sendable {
        /// Never arrives.
        package var lost = 0
        /// Arrives, and its answer does not.
        package var unanswered = 0
        /// Arrives twice, once after the other; the second answer is given.
        package var repeated = 0
        /// Arrives again, long after it was answered.
        package var late = 0
        /// Arrives after a while.
        package var delayed = 0
        /// The longest and the shortest while, in milliseconds.
        package var delay = 100
        package var leastDelay = 0

        package init() {}
    }

    package let port: Int
    private let upstream: Int
    private let seed: UInt64
    private let listener: Int32
    private struct State {
        var faults: Faults
        var connections: UInt64 = 0
        var isStopped = false
        var requests = 0
        var harmed = 0
    }
    private let state: Mutex<State>

    private enum Fault { case none, lost, unanswered, repeated, late, delayed(UInt32) }

    /// - Parameter upstream: the collector's port.
    package init(to upstream: Int, seed: UInt64, _ faults: Faults) {
        self.upstream = upstream
        self.seed = seed
        state = Mutex(State(faults: faults))
        port = freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        withUnsafePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                _ = bind(listener, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
                _ = listen(listener, 128)
            }
        }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client >= 0 { _ = fcntl(client, F_SETFD, FD_CLOEXEC) }
                if client < 0 || state.withLock({ $0.isStopped }) {
                    if client >= 0 { close(client) }
                    close(listener)
                    return
                }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    /// Lets nobody in any more; connections end when the collector or their agent does.
    package func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// From now on.
    package func set(_ faults: Faults) { state.withLock { $0.faults = faults } }

    /// Requests so far, and those of them that met a fault.
    package var counts: (requests: Int, harmed: Int) { state.withLock { ($0.requests, $0.harmed) } }

    // MARK: Connections

    private func serve(_ client: Int32) {
        defer { close(client) }
        let number = state.withLock { state in
            state.connections += 1
            return state.connections
        }
        var random = SeededRandom(seed ^ number &* 0x9e37_79b9)
        var waiting: [UInt8] = []
        while let request = Self.message(client, &waiting) {
            // A long poll is lost or late; to wait for one whose answer nobody gets would be a fault of another kind.
            var fault = draw(&random)
            if request.starts(with: Array("GET ".utf8)) {
                switch fault {
                case .unanswered: fault = .lost
                case .repeated, .late: fault = .none
                default: break
                }
            }
            switch fault {
            case .none: guard answer(request, to: client) else { return }
            case .lost: return
            case .unanswered:
                _ = ask(request)
                return
            case .repeated:
                _ = ask(request)
                guard answer(request, to: client) else { return }
            case .late:
                guard answer(request, to: client) else { return }
                usleep(UInt32.random(in: 1_000...200_000, using: &random))
                _ = ask(request)
            case .delayed(let microseconds):
                usleep(microseconds)
                guard answer(request, to: client) else { return }
            }
        }
    }

    private func draw(_ random: inout SeededRandom) -> Fault {
        let (die, share) = (Int.random(in: 0..<100, using: &random), Double.random(in: 0...1, using: &random))
        return state.withLock { state in
            state.requests += 1
            let faults = state.faults
            var rest = die
            let kinds: [(Int, Fault)] = [
                (faults.lost, .lost), (faults.unanswered, .unanswered), (faults.repeated, .repeated),
                (faults.late, .late),
                (faults.delayed, .delayed(Self.microseconds(faults, share))),
            ]
            for (weight, fault) in kinds {
                if rest < weight {
                    state.harmed += 1
                    return fault
                }
                rest -= weight
            }
            return .none
        }
    }

    private static func microseconds(_ faults: Faults, _ share: Double) -> UInt32 {
        UInt32((Double(faults.leastDelay) + Double(faults.delay - faults.leastDelay) * share) * 1_000)
    }

    private func answer(_ request: [UInt8], to client: Int32) -> Bool {
        guard let answer = ask(request) else { return false }
        return Self.send(answer, client)
    }

    /// What the collector answers; nil where it is not there, or goes meanwhile.
    private func ask(_ request: [UInt8]) -> [UInt8]? {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(server) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(upstream).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isThere = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isThere, Self.send(request, server) else { return nil }
        var waiting: [UInt8] = []
        return Self.message(server, &waiting)
    }

    // MARK: Messages

    private static func send(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return false }
            offset += sent
        }
        return true
    }

    /// The next whole message, by its Content-Length or its chunks; nil at the end.
    private static func message(_ descriptor: Int32, _ waiting: inout [UInt8]) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let length = length(waiting) {
                let message = Array(waiting[..<length])
                waiting.removeFirst(length)
                return message
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            waiting += buffer[..<count]
        }
    }

    private static func length(_ bytes: [UInt8]) -> Int? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        if head.contains("\r\ntransfer-encoding: chunked") {
            return bytes[end.upperBound...].firstRange(of: Array("0\r\n\r\n".utf8))?.upperBound
        }
        let length =
            head.components(separatedBy: "\r\n").compactMap { line in
                line.hasPrefix("content-length:") ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
            }.first ?? 0
        return bytes.count >= end.upperBound + length ? end.upperBound + length : nil
    }
}
