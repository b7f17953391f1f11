import CLinux
import Glibc
import Synchronization

/// A thread of one purpose, for work that blocks or must not share: the reactor and the scribe.
final class DedicatedThread: Sendable {
    private let done = Mutex<(isDone: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

    /// Starts a thread that runs `body` and ends.
    ///
    /// - Parameter name: at most 15 bytes; what tools show.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(StartError) {
        final class Box {
            let name: String
            let body: @Sendable () -> Void
            init(_ name: String, _ body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        let box = Unmanaged.passRetained(
            Box(name) {
                body()
                self.finish()
            })
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let box = Unmanaged<Box>.fromOpaque(context).takeRetainedValue()
                linux_name_thread(box.name)
                box.body()
                return nil
            }, box.toOpaque())
        guard failure == 0 else {
            box.release()
            throw StartError("cannot start the thread \(name): \(String(cString: strerror(failure)))")
        }
        pthread_detach(thread)
    }

    private func finish() {
        let waiter = done.withLock { state in
            state.isDone = true
            return state.waiter
        }
        waiter?.resume()
    }

    /// Waits until the body has returned; for one waiter.
    func join() async {
        await withCheckedContinuation { continuation in
            let isDone = done.withLock { state in
                if !state.isDone { state.waiter = continuation }
                return state.isDone
            }
            if isDone { continuation.resume() }
        }
    }
}
