import CLinux
import Glibc
import Synchronization
import WeirCore

/// Checks that wait for the shared store, or for the collector to grant something: held until it has answered or their time is over, then asked again, in their order, before
/// anything that has come since.
extension Reactor {
    /// The store, or the collector, has answered something: who waits is asked again. From any thread.
    package func storeAnswered() {
        commands.withLock { $0.hasStoreAnswered = true }
        wakeUp()
    }

    /// Remembers what of a turn waits.
    func holdFrames(_ held: HeldFrames, of entry: TurnBatch.Entry, now: Int64) {
        guard !held.frames.isEmpty, let connection = connections[entry.slot] else { return }
        for (frame, isForCredit) in zip(held.frames, held.areForCredit) {
            let budget = isForCredit ? limits.creditBudget : limits.storeBudget
            waiting.add(
                WaitingChecks.Entry(
                    slot: entry.slot, generation: entry.generation,
                    deadline: entry.deadline ?? now + budget, frame: frame))
        }
        connection.held += held.frames.count
    }

    /// Remembers an HTTP connection whose next request waits; it is not read from.
    func holdConnection(_ connection: Connection, of entry: TurnBatch.Entry, isForCredit: Bool, now: Int64) {
        let budget = isForCredit ? limits.creditBudget : limits.storeBudget
        connection.isHeld = true
        waiting.add(
            WaitingChecks.Entry(
                slot: entry.slot, generation: entry.generation, deadline: entry.deadline ?? now + budget,
                frame: []))
    }

    /// Asks again for everything that waits, when the store has answered or the first has waited long enough.
    func serveWaiting() {
        let isDue = waiting.deadline.map { linux_boot_microseconds() >= $0 } ?? false
        guard hasStoreAnswered || isDue else { return }
        hasStoreAnswered = false
        guard !waiting.isEmpty else { return }
        gate.withLimiter { limiter in
            limiter.shared.unparkAll()
            limiter.unparkCredit()
            limiter.isRerun = true
        }
        for entry in waiting.takeAll() {
            guard let connection = connections[entry.slot], connection.generation == entry.generation else { continue }
            let bytes = entry.frame.isEmpty ? connection.input : entry.frame
            if entry.frame.isEmpty { connection.isHeld = false } else { connection.held -= 1 }
            placeAgain(bytes, entry)
        }
        serveBatch()
        gate.withLimiter { $0.isRerun = false }
    }

    /// Puts bytes that have waited at the end of the input, for another turn.
    private func placeAgain(_ bytes: [UInt8], _ entry: WaitingChecks.Entry) {
        if batch.isFull || batch.inputEnd > Self.batchBytes { serveBatch() }
        let start = batch.inputEnd
        bytes.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: input[start..<start + bytes.count]).copyMemory(from: $0)
        }
        batch.add(
            slot: entry.slot, generation: entry.generation, byteCount: bytes.count, deadline: entry.deadline,
            isFrame: !entry.frame.isEmpty)
    }
}
