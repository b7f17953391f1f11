import CLinux
import Glibc

/// One request and its answer on a connection of its own, for what is not under load.
enum Exchange {
    /// Sends `request` and reads until `isWhole` says that this is all, or the server closes.
    ///
    /// - Throws: when there is no connection, or nothing whole in time.
    static func once(
        _ endpoint: Endpoint, _ request: [UInt8], seconds: Double = 2, isWhole: ([UInt8]) -> Bool
    ) throws(BenchFailure) -> [UInt8] {
        let descriptor = try endpoint.connect()
        defer { close(descriptor) }
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw BenchFailure("cannot send to \(endpoint): \(reason())")
        }
        let end = linux_monotonic_nanoseconds() + Int64(seconds * 1e9)
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while !isWhole(answer) {
            let left = (end - linux_monotonic_nanoseconds()) / 1_000_000
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&wait, 1, Int32(clamping: left)) > 0 else {
                throw BenchFailure("\(endpoint) does not answer")
            }
            let count = recv(descriptor, &part, part.count, 0)
            if count <= 0 { break }
            answer += part[..<count]
        }
        return answer
    }

    /// Tries until it is done, or the program has ended, or ten seconds are over.
    @discardableResult
    static func untilServed<Result>(
        by child: ChildProcess, _ name: String, _ attempt: () throws(BenchFailure) -> Result
    ) throws(BenchFailure) -> Result {
        let end = linux_monotonic_nanoseconds() + 10_000_000_000
        while true {
            do throws(BenchFailure) {
                return try attempt()
            } catch {
                try Interruption.check()
                guard child.isRunning else { throw BenchFailure("\(name) has ended: \(child.lastWords)") }
                guard linux_monotonic_nanoseconds() < end else {
                    throw BenchFailure("\(name) does not serve: \(error): \(child.lastWords)")
                }
                usleep(100)
            }
        }
    }

    /// A loopback port that nobody listens on at the moment.
    static func freePort() throws(BenchFailure) -> UInt16 {
        let descriptor = linux_listen_tcp("127.0.0.1", 0, 1)
        guard descriptor >= 0 else { throw BenchFailure("cannot listen on 127.0.0.1: \(reason())") }
        defer { close(descriptor) }
        return linux_bound_port(descriptor)
    }
}
