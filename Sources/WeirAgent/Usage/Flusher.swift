import CLinux
import Logging
import ServiceLifecycle
import WeirCore
import WeirJournal

/// Sends usage to the collector: final segments first, then what changed. One batch at a time, for as long as it takes.
///
/// Totals are cumulative and merged by max, so a batch may be sent any number of times, in any order: a lost answer
/// costs nothing. A batch that the collector refuses is halved until the cell at fault is alone; that one is put aside,
/// the rest goes on. Final segments are kept for a while after they were taken: a collector that was restored from a backup
/// is sent them again.
struct Flusher: Service {
    let client: CollectorClient
    let usage: LimiterGate
    let segments: FinalSegments
    /// Earlier runs of this agent.
    let runs: FinishedRuns
    let incarnation: Hash128
    let interval: Duration
    /// How long final segments are kept that the collector has.
    let retain: Duration
    /// Bytes that final segments may take on disk.
    let maximumBytes: Int
    let status: FlushStatus
    /// How far the journal has come, for what is promised.
    let journal: JournalStatus
    let logger: Logger
    /// Hears of earlier runs of this agent whose usage has all arrived, until the collector was told.
    let finished: @Sendable ([Hash128]) -> Void

    /// How a round ended.
    private enum Round {
        case done
        case again(after: Duration?)
    }

    func run() async throws {
        var backoff = Backoff()
        var wait = interval
        var book = DeliveryBook(in: segments.path)
        var promises = UsagePromises()
        while !Task.isShuttingDownGracefully {
            await pause(wait)
            switch await round(&book, &promises) {
            case .done:
                backoff.reset()
                wait = interval
            case .again(let after): wait = max(backoff.next(), after ?? .zero)
            }
        }
        // The scribe has sealed everything by now: one last try, with no retries; what does not arrive is on disk.
        if case .done = await round(&book, &promises) {
            // Nobody counts any more: the reactor and the scribe have ended.
            _ = await say(UsagePromises.over, of: incarnation, &book, &promises)
        }
    }

    /// Sleeps, or returns early when the agent stops.
    private func pause(_ duration: Duration) async {
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: duration) }
    }

    private func round(_ book: inout DeliveryBook, _ promises: inout UsagePromises) async -> Round {
        // Looked at before the segments are: those of these hours are among them.
        let journal = journal.current
        do {
            // Before the segments, of which there are no more once a run is noted.
            let over = try runs.all()
            for name in try segments.names() {
                let bytes = try segments.read(name)
                if case .again(let after) = await deliverSegment(bytes, name, &book, &promises) {
                    return .again(after: after)
                }
                try segments.retire(name)
                if let run = (try? Self.cells(of: bytes))?.header.incarnation, run != incarnation {
                    promises.heardOfOthers()
                }
            }
            if !over.isEmpty { finished(over) }
            promises.delivered(before: journal.closedBefore)
            try segments.prune(
                now: Int(linux_wall_microseconds() / 1_000_000), retain: Int(retain.components.seconds),
                maximumBytes: maximumBytes)
            let waiting = try segments.byteCount()
            status.update { $0.waitingBytes = waiting }
        } catch {
            note(failure: "\(error)")
            return .again(after: nil)
        }
        while let batch = LiveBatch.take(from: usage, header: header(book.next), stamp: stamp(book.next)) {
            let promise = promises.header
            let result = await deliver(batch.bytes, count: batch.count, &book, &promises, promise: promise) {
                try? Self.cells(of: batch.bytes)
            }
            if case .again(let after) = result {
                batch.putBack(into: usage)
                return .again(after: after)
            }
            // However it was cut, it has named this run.
            if promise == nil { promises.told(nil) }
            // Under traffic some cell has always changed: what does not fill a batch waits for the next round.
            if batch.count < Journal.cellsPerSegment { break }
        }
        return await keepPromises(journal, &book, &promises)
    }

    // MARK: Promises

    /// Says what no batch has said: that this run is there, up to when its usage is complete, and which runs before it are over.
    private func keepPromises(
        _ journal: JournalStatus.State, _ book: inout DeliveryBook, _ promises: inout UsagePromises
    ) async -> Round {
        if promises.hasNews {
            let result = await say(promises.header, of: incarnation, &book, &promises)
            if case .again = result { return result }
        }
        guard let predecessors = journal.predecessors, !promises.hasEndedOthers else { return .done }
        let others = (try? segments.incarnations()) ?? []
        for run in others.union(predecessors).sorted(by: { ($0.high, $0.low) < ($1.high, $1.low) })
        where run != incarnation && promises.isToEnd(run) {
            let result = await say(UsagePromises.over, of: run, &book, &promises)
            if case .again = result { return result }
            promises.ended(run)
        }
        promises.endedOthers()
        return .done
    }

    /// Sends a batch without a cell, for what stands beside it.
    private func say(
        _ promise: String?, of run: Hash128, _ book: inout DeliveryBook, _ promises: inout UsagePromises
    ) async -> Round {
        let result = await deliver(header(book.next, of: run).encoded, count: 0, &book, &promises, promise: promise) {
            nil
        }
        if case .done = result, promise == nil { promises.told(nil) }
        return result
    }

    private func header(_ number: UInt64, of run: Hash128? = nil) -> SegmentHeader {
        SegmentHeader(
            kind: .final, incarnation: run ?? incarnation, number: number,
            created: UInt64(bitPattern: linux_wall_microseconds()),
            salt: .random(in: .min ... .max))
    }

    private func stamp(_ number: UInt64) -> RecordStamp {
        RecordStamp(
            number: number, wallMicroseconds: linux_wall_microseconds(),
            monotonicMicroseconds: linux_boot_microseconds())
    }

    private static func cells(of bytes: [UInt8]) throws(SegmentError) -> SegmentReader {
        try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
    }

    // MARK: Delivery

    /// A segment that is not what was written is put aside, and what is whole of it sent: it must not hold up the others.
    private func deliverSegment(
        _ bytes: [UInt8], _ name: String, _ book: inout DeliveryBook, _ promises: inout UsagePromises
    ) async -> Round {
        if let reader = try? Self.cells(of: bytes) {
            return await deliver(bytes, count: reader.cells.count, &book, &promises) { reader }
        }
        let aside = putAside(bytes, name, "not what was written")
        guard case .done = aside, let rest = bytes.withBytes({ try? SegmentReader(journal: $0) }), !rest.cells.isEmpty
        else { return aside }
        let whole = RecordEncoder.segment(rest.header, rest.cells, stamp: stamp(book.next))
        return await deliver(whole, count: rest.cells.count, &book, &promises) { rest }
    }

    /// Sends a batch; halves it where the collector refuses it as a whole.
    private func deliver(
        _ bytes: [UInt8], count: Int, _ book: inout DeliveryBook, _ promises: inout UsagePromises,
        promise: String? = nil, reader: () -> SegmentReader?
    ) async -> Round {
        let outcome = await client.send(bytes, cells: count, agent: book.agent, number: book.next, promise: promise)
        switch outcome {
        case .accepted(let known):
            if book.isShared(known) {
                await isShared(&book)
                promises.forget()
            } else {
                // Recalled before the book is saved: a kill in between recalls once more, and hides nothing.
                if book.hasForgotten(known) {
                    guard sendAgain(known, book.acknowledged) else { return .again(after: nil) }
                    promises.forget()
                    book.acknowledge()
                    return .again(after: .zero)
                }
                book.acknowledge()
                if let promise, promise != UsagePromises.over { promises.told(promise) }
            }
            status.update { state in
                state.batches += count > 0 ? 1 : 0
                state.cells += UInt64(count)
                if state.failure != nil { logger.info("the collector takes usage again") }
                state.failure = nil
            }
            return .done
        case .refused where count == 0, .tooLarge where count == 0:
            // There is nothing to lose: it is said again when there is more to say.
            note(failure: "the collector takes no promise: it is older than this agent, or something stands between")
            promises.told(promise)
            return .done
        case .refused(let why):
            guard count > 1, let reader = reader() else {
                return putAside(bytes, "batch-\(linux_wall_microseconds()).wj", "refused by the collector: \(why)")
            }
            return await deliverHalves(reader, &book, &promises)
        case .tooLarge:
            guard count > 1, let reader = reader() else {
                note(failure: "one total is too large for the collector: raise its WEIR_MAX_BODY")
                return .again(after: nil)
            }
            return await deliverHalves(reader, &book, &promises)
        case .unauthorised:
            note(failure: "the collector does not take this WEIR_COLLECTOR_TOKEN")
            return .again(after: nil)
        case .busy(let after):
            note(failure: "the collector is busy")
            return .again(after: after)
        case .failed(let why):
            note(failure: why)
            return .again(after: nil)
        }
    }

    /// The collector was restored from a backup: everything that is still here is sent again.
    ///
    /// - Returns: whether it could be recalled.
    private func sendAgain(_ known: UInt64?, _ acknowledged: UInt64) -> Bool {
        do throws(SystemError) {
            let recalled = try segments.recall()
            usage.putBackAll(.unsent)
            status.update { $0.refills += 1 }
            logger.warning(
                "the collector knows delivery \(known ?? 0) and had acknowledged \(acknowledged): it was restored from a backup; sending \(recalled) closed segments and all running totals again"
            )
            return true
        } catch {
            note(failure: error.description)
            return false
        }
    }

    /// Somebody else delivers under this agent's name: it takes another, so that each is told what the collector has forgotten of it.
    private func isShared(_ book: inout DeliveryBook) async {
        logger.error(
            "another agent delivers under this one's name, \(book.agent.hex): its disk was copied. This one takes another name; give each a state directory of its own"
        )
        status.update { $0.clones += 1 }
        book.rename()
        await client.access.rename(book.agent)
    }

    private func deliverHalves(
        _ reader: SegmentReader, _ book: inout DeliveryBook, _ promises: inout UsagePromises
    ) async -> Round {
        let half = reader.cells.count / 2
        for part in [reader.cells[..<half], reader.cells[half...]] {
            let bytes = RecordEncoder.segment(reader.header, Array(part), stamp: stamp(reader.header.number))
            let result = await deliver(bytes, count: part.count, &book, &promises) { try? Self.cells(of: bytes) }
            if case .again = result { return result }
        }
        return .done
    }

    private func putAside(_ bytes: [UInt8], _ name: String, _ why: String) -> Round {
        do throws(SystemError) {
            try segments.quarantine(bytes, as: name)
            status.update { $0.quarantined += 1 }
            logger.error("usage was put aside in quarantine/\(name): \(why)")
            return .done
        } catch {
            note(failure: error.description)
            return .again(after: nil)
        }
    }

    /// One line when it begins to fail, and when it fails otherwise.
    private func note(failure: String) {
        status.update { state in
            state.failures += 1
            if state.failure != failure {
                logger.warning("usage does not reach the collector, and is kept: \(failure)")
            }
            state.failure = failure
        }
    }
}
