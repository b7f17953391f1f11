import CLinux
import Glibc
import Synchronization

/// An HTTP server on a thread of this process that answers as a test wants, and holds answers back.
final class AnsweringServer: Sendable {
    private struct State {
        var isStopped = false
        var mostUnanswered = 0
    }

    private let state = Mutex(State())
    private let wake: Int32

    /// - Parameters:
    ///   - heldBack: requests that must have come before the first is answered.
    ///   - closesAfter: answers after which every connection is closed.
    ///   - answers: the status of each answer.
    init(
        _ path: String, heldBack: Int = 0, closesAfter: Int = .max, answers: @escaping @Sendable (Int) -> String
    ) throws {
        let listener = linux_unix_socket()
        guard listener >= 0, linux_bind_unix(listener, path) == 0, listen(listener, 128) == 0 else {
            throw CouldNotListen(number: errno)
        }
        wake = linux_eventfd()
        let box = Unmanaged.passRetained(Body { self.serve(listener, heldBack, closesAfter, answers) })
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private struct CouldNotListen: Error { let number: Int32 }

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    /// The most requests that were there and unanswered.
    var mostUnanswered: Int { state.withLock { $0.mostUnanswered } }

    func stop() {
        state.withLock { $0.isStopped = true }
        var one: UInt64 = 1
        _ = write(wake, &one, 8)
    }

    private func serve(_ listener: Int32, _ heldBack: Int, _ closesAfter: Int, _ answers: (Int) -> String) {
        let epoll = linux_epoll_create()
        _ = linux_epoll_add(epoll, listener, linux_readable, UInt64(listener))
        _ = linux_epoll_add(epoll, wake, linux_readable, UInt64(wake))
        var waiting: [Int32] = []
        var (open, requests, answered): (Set<Int32>, Int, Int) = ([], 0, 0)
        var events = [linux_event](repeating: linux_event(), count: 64)
        while !state.withLock({ $0.isStopped }), answered < closesAfter {
            for event in events[..<Int(linux_epoll_wait(epoll, &events, 64, -1))] where event.token != UInt64(wake) {
                if event.token == UInt64(listener) {
                    let descriptor = linux_accept(listener)
                    _ = linux_epoll_add(epoll, descriptor, linux_readable, UInt64(descriptor))
                    open.insert(descriptor)
                    continue
                }
                let descriptor = Int32(event.token)
                let count = Self.requests(from: descriptor)
                if count == 0, open.remove(descriptor) != nil { close(descriptor) }
                requests += count
                waiting += [Int32](repeating: descriptor, count: count)
            }
            state.withLock { $0.mostUnanswered = max($0.mostUnanswered, waiting.count) }
            guard requests >= heldBack else { continue }
            for descriptor in waiting {
                let text = Array("HTTP/1.1 \(answers(answered)) Such\r\nContent-Length: 0\r\n\r\n".utf8)
                _ = send(descriptor, text, text.count, Int32(MSG_NOSIGNAL))
                answered += 1
            }
            waiting = []
        }
        for descriptor in open.union([listener, epoll]) { close(descriptor) }
    }

    /// Whole requests that have come; the load sends each in one write.
    private static func requests(from descriptor: Int32) -> Int {
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return 0 }
        return String(decoding: bytes[..<count], as: UTF8.self).ranges(of: "\r\n\r\n").count
    }
}
