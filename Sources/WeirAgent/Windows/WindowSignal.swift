/// Says that a check waits for the collector; from any thread. Signals that come while one is pending are one.
final class WindowSignal: Sendable {
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init() { (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func wake() { waker.yield() }

    /// There will be no more.
    func finish() { waker.finish() }
}
