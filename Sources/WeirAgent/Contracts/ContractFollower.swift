import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import WeirCore
import WeirJournal

/// Follows what the collector sells: a long poll for changes of the policy document, each checked whole, put in force, and kept on disk.
///
/// A document that is wrong leaves the one before in force, and the whole is asked for next.
final class ContractFollower: Service {
    private let feed: PolicyFeed
    private let installer: PolicyInstaller
    private let status: ContractStatus
    private let logger: Logger
    private let kept: Mutex<KeptPolicy>
    /// Whether the next question is for the whole, as the last document was wrong.
    private let asksForWhole = Mutex(false)

    /// The least time between two answers that nothing has changed: a collector, or something before it, may not wait.
    private static let leastPause: Duration = .seconds(1)
    /// Between two questions for the whole because the disk lacks something.
    private static let wholePause: Duration = .seconds(600)
    /// How long the start waits for a collector where nothing is on disk.
    static let firstWait: Duration = .seconds(3)

    init(
        feed: PolicyFeed, directory: String, installer: PolicyInstaller, status: ContractStatus, logger: Logger
    ) throws(SystemError) {
        self.feed = feed
        self.installer = installer
        self.status = status
        self.logger = logger
        kept = Mutex(try KeptPolicy(directory))
    }

    // MARK: The start

    /// Puts in force what is on disk; where there is nothing, waits a while for the collector. Without a policy any request might be one
    /// that is sold: until the collector answers, none passes.
    func begin() async {
        loadFromDisk()
        guard status.current.source == .none else { return }
        installer.setOffers(areKnown: false)
        let answer = await withTaskGroup(of: PolicyFeed.Answer?.self) { group in
            group.addTask { await self.feed.ask(since: 0, wait: 0) }
            group.addTask {
                try? await Task.sleep(for: Self.firstWait)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        switch answer {
        case .document(let bytes): _ = await take(bytes)
        case .unchanged: sellsNothing()
        case .failed(let why): failed(why)
        case nil: break
        }
        if status.current.lacksOffers {
            logger.error(
                "no policy on disk and none from the collector yet: nobody knows what is sold, so that every request is denied (503, no-policy) until it answers"
            )
        }
    }

    /// The collector has answered, and there is no document: nothing is sold.
    private func sellsNothing() {
        guard status.current.lacksOffers else { return }
        installer.setOffers(areKnown: true)
        status.update { $0.hasHeardOfNone = true }
        logger.info("the collector sells nothing yet")
    }

    private func loadFromDisk() {
        let (almanac, start) = (installer.almanac, installer.book)
        do throws(SystemError) {
            let began = AgentClock.monotonicMicroseconds
            let loaded = try Self.load(kept, from: start, almanac)
            if let flaw = loaded.flaw {
                logger.error("the policy on disk is refused: \(flaw)")
                status.update { state in
                    state.refusals += 1
                    state.refusal = flaw
                }
            }
            guard let book = loaded.state else { return }
            do throws(PolicyRefusal) {
                try installer.install(book)
            } catch {
                return refuse("the policy on disk: \(error)")
            }
            status.installed(book, from: .disk)
            status.update { $0.lastMicroseconds = AgentClock.monotonicMicroseconds - began }
            logger.info("policy \(book.version) from disk: \(Self.summary(book))")
        } catch {
            logger.error("the policy on disk cannot be read: \(error)")
            status.update { $0.diskFailure = "\(error)" }
        }
    }

    private static func load(
        _ kept: borrowing Mutex<KeptPolicy>, from start: ContractBook, _ almanac: some Almanac
    ) throws(SystemError) -> (state: ContractBook?, flaw: String?) {
        let result = kept.withLock { kept -> Result<(state: ContractBook?, flaw: String?), SystemError> in
            do throws(SystemError) {
                return .success(
                    try kept.load { document, book throws(PolicyDocumentError) -> ContractBook in
                        try (book ?? start).applying(document, almanac: almanac)
                    })
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    static func summary(_ book: ContractBook) -> String {
        "\(book.offers.productCount) products, \(book.offers.planCount) plans, \(book.subscriptionCount) subscriptions,"
            + " \(book.keyCount) keys"
    }

    // MARK: The long poll

    func run() async throws {
        var backoff = Backoff()
        var lastWhole = ContinuousClock.now
        while !Task.isShuttingDownGracefully {
            var isWhole = asksForWhole.withLock { $0 } || status.current.version == 0
            if !isWhole, kept.withLock({ $0.wantsWhole }), lastWhole.duration(to: .now) > Self.wholePause {
                isWhole = true
            }
            if isWhole { lastWhole = .now }
            let asked = ContinuousClock.now
            // The whole is there at once, unless the collector has nothing to sell yet.
            let book = installer.book
            let (since, epoch) = isWhole ? (0, "") : (book.version, book.epoch)
            let answer = await cancelWhenGracefulShutdown {
                await self.feed.ask(since: since, epoch: epoch, wait: PolicyFeed.waitSeconds)
            }
            if Task.isShuttingDownGracefully { return }
            switch answer {
            case .document(let bytes):
                heard()
                if await take(bytes) { backoff.reset() } else { await pause(backoff.next()) }
            case .unchanged:
                heard()
                sellsNothing()
                backoff.reset()
                if asked.duration(to: .now) < Self.leastPause { await pause(Self.leastPause) }
            case .failed(let why):
                failed(why)
                await pause(backoff.next())
            }
        }
    }

    private func pause(_ duration: Duration) async {
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: duration) }
    }

    private func heard() {
        if status.current.failure != nil { logger.info("the collector answers questions for the policy again") }
        status.update { state in
            state.heardAt = AgentClock.monotonicMicroseconds
            state.failure = nil
        }
    }

    private func failed(_ why: String) {
        let isNew = status.current.failure == nil
        status.update { state in
            state.failures += 1
            state.failure = why
        }
        if isNew { logger.warning("no policy from the collector: \(why); what is in force stays") }
    }

    /// Puts a document in force, away from the threads that others wait for: one of a million keys takes a second or two.
    ///
    /// - Returns: whether it is in force.
    private func take(_ document: [UInt8]) async -> Bool {
        (try? await NIOThreadPool.singleton.runIfActive { self.install(document) }) ?? false
    }

    private func install(_ document: [UInt8]) -> Bool {
        let began = AgentClock.monotonicMicroseconds
        let book: ContractBook
        let isWhole: Bool
        do throws(PolicyDocumentError) {
            let (before, almanac) = (installer.book, installer.almanac)
            isWhole = try document.withBytes { bytes throws(PolicyDocumentError) in
                try PolicyDocumentReader.header(bytes).isWhole
            }
            book = try document.withBytes { bytes throws(PolicyDocumentError) in
                try before.applying(bytes, almanac: almanac)
            }
        } catch {
            refuse("\(error)")
            return false
        }
        do throws(PolicyRefusal) {
            try installer.install(book)
        } catch {
            refuse("\(error)")
            return false
        }
        asksForWhole.withLock { $0 = false }
        if status.current.lacksOffers { installer.setOffers(areKnown: true) }
        status.installed(book, from: .collector)
        status.update { state in
            if isWhole { state.wholes += 1 } else { state.changes += 1 }
            state.lastMicroseconds = AgentClock.monotonicMicroseconds - began
        }
        logger.info("policy \(book.version) from the collector: \(Self.summary(book))")
        keep(document, isWhole: isWhole)
        return true
    }

    private func refuse(_ why: String) {
        asksForWhole.withLock { $0 = true }
        status.update { state in
            state.refusals += 1
            state.refusal = why
        }
        logger.error("a policy is refused, and the one before stays in force: \(why)")
    }

    private func keep(_ document: [UInt8], isWhole: Bool) {
        let failure = kept.withLock { kept -> SystemError? in
            do throws(SystemError) {
                try kept.keep(document, isWhole: isWhole)
                return nil
            } catch {
                return error
            }
        }
        if let failure, status.current.diskFailure == nil {
            logger.error("the policy is in force and not on disk: \(failure)")
        }
        status.update { $0.diskFailure = failure.map { "\($0)" } }
    }
}
